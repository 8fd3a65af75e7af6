// What is wrong with storage, databases, clock or footage, and what to do.
const nothing = 'Meanwhile nothing is recorded; what was recorded before stays.';

export default {
  ERR_STORAGE: {
    title: 'The storage folder cannot be used.',
    meaning: nothing,
    advice: 'Look at the message, and at the rights of the folder on the server.',
  },
  ERR_STORAGE_FULL: {
    title: 'The disk is full.',
    meaning:
      'Nothing is recorded, and nothing old may be deleted for it: it is locked as evidence, or there is none left.',
    advice:
      'Make room on the disk, release evidence locks, or set shorter retention under Storage. Recording goes on by itself then.',
  },
  ERR_STORAGE_NOT_FOUND: {
    title: 'The storage is not at its path.',
    meaning: nothing,
    advice: 'Check the path in the server’s configuration.',
  },
  ERR_STORAGE_LOCKED: {
    title: 'Another program has the storage open.',
    meaning: nothing,
    advice: 'Stop the other recorder; only one can use a storage.',
  },
  ERR_STORAGE_MISSING: {
    title: 'The disk with the recordings is not there.',
    meaning: nothing,
    advice: 'Connect or mount the disk. Recording goes on by itself then.',
  },
  ERR_STORAGE_MISMATCH: {
    title: 'Another disk is mounted in place of the storage.',
    meaning: nothing,
    advice: 'Mount the right disk.',
  },
  ERR_STORAGE_SUSPECT: {
    title: 'Most of the recordings that the index knows are not on the disk.',
    meaning: 'What is missing cannot be played. Recording goes on.',
    advice: 'Mount what is missing before you accept it; nothing is deleted until then.',
  },
  ERR_INDEX: {
    title: 'The index of the recordings cannot be used.',
    meaning:
      'Recording goes on, and its newest footage is found as soon as the index can be used again.',
    advice:
      'Stop the program that holds the database (index.db), or look at the disk. It is tried again by itself.',
  },
  ERR_INDEX_CONFLICT: {
    title: 'Two recordings claim the same place.',
    advice: 'Have somebody run “fluxvision check” on the server.',
  },
  ERR_INDEX_TOTALS: {
    title: 'The sums of a day do not fit its recordings.',
    advice: 'Have somebody run “fluxvision check --repair” on the server.',
  },
  ERR_CONFIG: {
    title: 'The settings database cannot be used.',
    meaning: 'Recording goes on. Changes of settings are not kept meanwhile.',
    advice:
      'Stop the program that holds the database (config.db), or look at the disk. It is tried again by itself.',
  },
  ERR_SCHEMA_VERSION: {
    title: 'A newer release wrote the database.',
    meaning: nothing,
    advice: 'Install that release, or a later one.',
  },
  ERR_RECOVERY: {
    title: 'The last start found many problems in the storage.',
    meaning: 'Recording goes on; older footage may be missing or damaged.',
    advice: 'Look at the logs, and have somebody run “fluxvision check” on the server.',
  },
  ERR_RETENTION: {
    title: 'What may be deleted cannot be told.',
    meaning: 'Recording goes on, and nothing is deleted until the disk is full.',
    advice: 'Look at the logs for the cause before then.',
  },
  ERR_DELETE: {
    title: 'A recording cannot be deleted.',
    advice: 'Mend the rights of its file on the server; it is tried again by itself.',
  },
  ERR_GARBAGE: {
    title: 'A deletion was begun and not finished.',
    advice: 'Nothing to do: the next start of the server finishes it.',
  },
  ERR_CLOCK: {
    title: 'The server’s clock is wrong, or was set.',
    meaning:
      'Recording goes on, but footage may stand at wrong times. For a day nothing is deleted for its age.',
    advice:
      'Compare the server’s clock with the right time, and keep it right by a time server (NTP). Where it is right now there is nothing to do.',
  },
  ERR_IO: {
    title: 'The disk failed to read or write.',
    meaning: 'Footage may be missing.',
    advice: 'Look at the disk and at the server’s system log soon: it may be failing.',
  },
  ERR_PERMISSION: {
    title: 'The server may not open a file.',
    meaning: 'What lies in it can be neither recorded nor played.',
    advice: 'Mend the rights of the file or its folders on the server.',
  },
  ERR_NO_FOOTAGE: {
    title: 'There is no recording of that camera in that time.',
    advice: 'Choose another time; the timeline shows what there is.',
  },
  ERR_AUTH_TAG: {
    title: 'A recording was altered, or sealed with another key.',
    advice: 'Take a copy that is whole, and keep this one as evidence.',
  },
  ERR_AUDIT: {
    title: 'The audit log cannot be written.',
    meaning: 'Recording goes on. What must be on the record is not done meanwhile.',
    advice: 'Look at the disk of the server.',
  },
  ERR_AUDIT_ALTERED: {
    title: 'The audit log is not what was signed.',
    advice: 'Keep the file as evidence, and see docs/audit.md.',
  },
  ERR_EXPORT: {
    title: 'The export cannot be written.',
    advice: 'Make room on the server’s disk, and export again.',
  },
  ERR_USERS: {
    title: 'The database of users cannot be used.',
    meaning: 'Recording goes on. Nobody can log in, and changes of users are not kept meanwhile.',
    advice:
      'Stop the program that holds the database (users.db), look at the disk, or restore it from a backup.',
  },
};
