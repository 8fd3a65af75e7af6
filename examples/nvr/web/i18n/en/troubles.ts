// What is wrong and what to do, for each code that the server can send (docs/errors.md, protocol: Trouble).
export default {
  ERR_CONNECTION: {
    title: 'No connection to the camera.',
    advice: 'Check its power, network cable and address. It is tried again by itself.',
  },
  ERR_HOST_NOT_FOUND: {
    title: 'The camera’s name has no address.',
    advice:
      'Check the name in the stream address, or enter the IP address, and check the DNS server.',
  },
  ERR_TLS: {
    title: 'No secure connection came about.',
    advice: 'Check the port: secure streams (rtsps) often have another one.',
  },
  ERR_TLS_CERTIFICATE: {
    title: 'The camera’s certificate is not believed.',
    advice:
      'Compare the fingerprint in the message with the camera’s own, then enter it in the camera’s settings.',
  },
  ERR_UNAUTHORIZED: {
    title: 'User name or password were refused.',
    advice: 'Enter the right ones in the camera’s settings.',
  },
  ERR_HTTP_STATUS: {
    title: 'The device answered with a failure.',
    advice: 'Look at the device’s own web page; the message has its status.',
  },
  ERR_NO_VIDEO: {
    title: 'The stream has no video that can be recorded.',
    advice: 'Set the camera to H.264, H.265 or MJPEG.',
  },
  ERR_RTSP_UNAUTHORIZED: {
    title: 'The camera refused user name or password.',
    advice:
      'Enter the right ones in the camera’s settings. Some cameras lock users out for some minutes after wrong attempts.',
  },
  ERR_RTSP_NOT_FOUND: {
    title: 'The camera has no such stream.',
    advice:
      'Check the path of the stream address, or search for the camera again to get it by ONVIF.',
  },
  ERR_RTSP_SESSION_NOT_FOUND: {
    title: 'The camera forgot its session.',
    advice: 'Nothing to do: it is connected anew. Restart the camera where that repeats.',
  },
  ERR_RTSP_STATUS: {
    title: 'The camera answered with a failure.',
    advice:
      'Often too many viewers are connected to the camera itself: close other programs that view it.',
  },
  ERR_RTSP_PROTOCOL: {
    title: 'What answers is no camera stream.',
    advice: 'Check the port of the stream address; RTSP is usually 554.',
  },
  ERR_RTSP_TIMEOUT: {
    title: 'The camera does not answer.',
    advice: 'Check its address, its power and the firewall between it and this server.',
  },
  ERR_RTSP_STALLED: {
    title: 'The camera stopped sending pictures.',
    advice: 'It is connected anew by itself. With UDP, look at the firewall or choose TCP.',
  },
  ERR_RTSP_CLOSED: {
    title: 'The camera ended the connection.',
    advice: 'It is connected anew by itself. Restart the camera where that repeats.',
  },
  ERR_RTSP_NO_VIDEO: {
    title: 'The camera offers no video that is known here.',
    advice: 'Set the camera to H.264, H.265 or MJPEG.',
  },
  ERR_RTSP_UNSUPPORTED: {
    title: 'The camera does not support this transport.',
    advice: 'Choose another transport in the camera’s settings; TCP nearly always works.',
  },
  ERR_ADDRESS_IN_USE: {
    title: 'A network port of this server is taken.',
    advice: 'Stop the other program that uses it, or choose another port in the configuration.',
  },
  ERR_ONVIF_UNREACHABLE: {
    title: 'The device cannot be reached by ONVIF.',
    advice: 'Check its address and port, and that ONVIF is switched on in the device.',
  },
  ERR_ONVIF_UNAUTHORIZED: {
    title: 'ONVIF refused user name or password.',
    advice: 'Many cameras keep users of their own for ONVIF: add one on the camera’s web page.',
  },
  ERR_ONVIF_FAULT: {
    title: 'The device refused the request.',
    advice: 'The message has its words. Update the device’s firmware where that repeats.',
  },
  ERR_ONVIF_ANSWER: {
    title: 'What answers is not ONVIF.',
    advice: 'Check that the address is the device’s ONVIF port.',
  },
  ERR_ONVIF_UNSUPPORTED: {
    title: 'The device lacks this function.',
    advice: 'Do without it, or set it up on the device’s own web page.',
  },
  ERR_ONVIF_FOREIGN_HOST: {
    title: 'The device names an address of another host.',
    advice:
      'Check the network settings of the device; it may believe in an old address of its own.',
  },
  ERR_CAMERA_EXISTS: {
    title: 'There is a camera of that id already.',
    advice: 'Choose another name.',
  },
  ERR_CAMERA_NOT_FOUND: {
    title: 'There is no such camera, or you may not see it.',
    advice: 'Ask an administrator whether it was removed or is not assigned to you.',
  },
  ERR_STORAGE: {
    title: 'The storage folder cannot be used.',
    advice: 'Look at the message, and at the rights of the folder on the server.',
  },
  ERR_STORAGE_FULL: {
    title: 'The disk is full, and nothing can be recorded.',
    advice: 'Make room on the disk, or set shorter retention under Storage.',
  },
  ERR_STORAGE_NOT_FOUND: {
    title: 'The storage is not at its path.',
    advice: 'Check the path in the server’s configuration.',
  },
  ERR_STORAGE_LOCKED: {
    title: 'Another program has the storage open.',
    advice: 'Stop the other recorder; only one can use a storage.',
  },
  ERR_STORAGE_MISSING: {
    title: 'The disk with the recordings is not there. Nothing is recorded.',
    advice: 'Connect or mount the disk. Recording goes on by itself then.',
  },
  ERR_STORAGE_MISMATCH: {
    title: 'Another disk is mounted in place of the storage.',
    advice: 'Mount the right disk.',
  },
  ERR_STORAGE_SUSPECT: {
    title: 'Most of the recordings that the index knows are not on the disk.',
    advice: 'Mount what is missing before you accept it; nothing is deleted until then.',
  },
  ERR_INDEX: {
    title: 'The index of the recordings cannot be used.',
    advice:
      'Recording goes on, and its entries wait. Look at the disk and at what else uses the database.',
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
    advice:
      'Look at the disk of the server, or restore the database from a backup. Changes are not kept meanwhile.',
  },
  ERR_SCHEMA_VERSION: {
    title: 'A newer release wrote the database.',
    advice: 'Install that release, or a later one.',
  },
  ERR_RECOVERY: {
    title: 'The last start found many problems in the storage.',
    advice: 'Look at the logs, and have somebody run “fluxvision check” on the server.',
  },
  ERR_RETENTION: {
    title: 'What may be deleted cannot be told, so nothing is deleted.',
    advice: 'Recording goes on. Look at the logs for the cause before the disk is full.',
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
    title: 'The server’s clock jumped.',
    advice: 'Check its clock and time server (NTP). For a day nothing is deleted for its age.',
  },
  CLOCK_JUMPED: {
    title: 'The server’s clock jumped.',
    advice: 'Check its clock and time server (NTP). For a day nothing is deleted for its age.',
  },
  ERR_LOCKED: {
    title: 'The keys are locked. Recordings can neither be made nor played.',
    advice: 'Unlock them with the passphrase under System, Keys.',
  },
  ERR_KEY_PASSPHRASE: {
    title: 'The passphrase is wrong.',
    advice: 'Try again; nothing was changed. A recovery key opens the store, too.',
  },
  ERR_KEY_STORE: {
    title: 'The key store is missing or damaged.',
    advice: 'Restore it from a backup. Without it recordings cannot be opened.',
  },
  ERR_KEY_ROOT: {
    title: 'The root record of the key store is missing or damaged.',
    advice: 'Restore the key store from a backup.',
  },
  ERR_KEY_ROOT_NOT_FOUND: {
    title: 'There is no key store in its folder.',
    advice: 'Check the path in the server’s configuration.',
  },
  ERR_KEY_NOT_FOUND: {
    title: 'The key of this recording is not here.',
    advice: 'Import the key, or open the store that it belongs to.',
  },
  ERR_KEY_DESTROYED: {
    title: 'The key was destroyed, and with it what it sealed.',
    advice: 'Nothing can bring the recording back.',
  },
  ERR_KEY_IN_USE: {
    title: 'The key is still in use.',
    advice: 'Rotate the keys, or wait until its day is over.',
  },
  ERR_KEY_PURPOSE: {
    title: 'Keys of this purpose are not exported.',
    advice: 'Export keys of recordings or databases only.',
  },
  ERR_KEY_PACKAGE: {
    title: 'The file is no key package, or was altered.',
    advice: 'Have it exported again.',
  },
  ERR_EVIDENCE_LOCKED: {
    title: 'Footage under an evidence lock depends on it.',
    advice: 'Release the lock first, where that is right.',
  },
  ERR_LOCK_NOT_FOUND: {
    title: 'There is no such evidence lock.',
    advice: 'Load the page again: it was released meanwhile.',
  },
  ERR_ROOT_NOT_FOUND: {
    title: 'There is no such root.',
    advice: 'Load the page again: it was removed meanwhile.',
  },
  ERR_ROOT_LAST: {
    title: 'It is the last root that opens the key store in daily work.',
    advice: 'Add another one first.',
  },
  ERR_ROOT_LOCKED: {
    title: 'The security chip or token does not release the root.',
    advice: 'Unlock with the passphrase, then see docs/tpm.md.',
  },
  ERR_RECOVERY_KEY: {
    title: 'What was typed is no recovery key.',
    advice: 'Compare it with the paper, character by character.',
  },
  ERR_TPM_UNAVAILABLE: {
    title: 'There is no security chip (TPM) that can be used.',
    advice: 'The message says which part is missing on the server.',
  },
  ERR_PKCS11_UNAVAILABLE: {
    title: 'The security token (PKCS#11) cannot be used.',
    advice: 'Check that it is plugged in, and its module, slot and PIN.',
  },
  ERR_PASSWORD: {
    title: 'The password is wrong.',
    advice: 'Try again; attempts are on the record.',
  },
  ERR_ADMINISTRATOR_NOT_SET: {
    title: 'The key store has no administrator’s password yet.',
    advice: 'Set one on the server with “fluxvision”.',
  },
  ERR_USER_NOT_FOUND: {
    title: 'There is no such user.',
    advice: 'Load the page again: the user was removed meanwhile.',
  },
  ERR_POLICY: {
    title: 'The password does not meet the policy.',
    advice: 'Take a longer one; the message has the limits.',
  },
  ERR_SESSION: { title: 'You are not logged in any more.', advice: 'Log in again.' },
  ERR_LOGIN_REFUSED: {
    title: 'User name or password are wrong.',
    advice: 'Try again, or ask an administrator to reset the password.',
  },
  ERR_LOGIN_THROTTLED: {
    title: 'Too many wrong attempts.',
    advice: 'Wait a little; the time is shown. Nobody can log in faster meanwhile.',
  },
  ERR_PASSWORD_CHANGE_REQUIRED: {
    title: 'Your password has to be changed first.',
    advice: 'Set a new one under Account.',
  },
  ERR_FORBIDDEN: { title: 'Your role does not allow that.', advice: 'Ask an administrator.' },
  ERR_TIMEOUT: {
    title: 'There was no answer in time.',
    advice: 'Check the network, and try again.',
  },
  ERR_LIMIT: {
    title: 'More was asked for than is allowed at once.',
    advice: 'Use less of it, as the message says.',
  },
  ERR_BUSY: { title: 'The server is busy.', advice: 'Try again in a moment.' },
  ERR_INTERNAL: {
    title: 'Something failed inside the server.',
    advice: 'Look at the logs, and report it with the message.',
  },
  ERR_OUT_OF_MEMORY: {
    title: 'The server has no memory left.',
    advice: 'Close other programs on it, or record fewer cameras.',
  },
  ERR_IO: {
    title: 'The disk failed to read or write.',
    advice: 'Look at the disk and at the server’s system log soon: it may be failing.',
  },
  ERR_PERMISSION: {
    title: 'The server may not open a file.',
    advice: 'Mend the rights of the file or its folders on the server.',
  },
  ERR_NO_FOOTAGE: {
    title: 'There is no recording of that camera in that time.',
    advice: 'Choose another time; the timeline shows what there is.',
  },
  ERR_DECODE: {
    title: 'A picture is damaged.',
    advice: 'Choose another moment. Where all fail, look at what the camera sends.',
  },
  ERR_DECODER: {
    title: 'The decoder gave up on the stream.',
    advice: 'Nothing to do: another takes over at the next key picture.',
  },
  ERR_UNSUPPORTED: {
    title: 'The server lacks what is needed for this.',
    advice: '“fluxvision doctor” on the server shows what there is.',
  },
  ERR_AUTH_TAG: {
    title: 'A recording was altered, or sealed with another key.',
    advice: 'Take a copy that is whole, and keep this one as evidence.',
  },
  ERR_AUDIT: {
    title: 'The audit log cannot be written. What must be on the record is not done meanwhile.',
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
  CERTIFICATE_EXPIRES: {
    title: 'The server’s certificate expires soon.',
    advice:
      'Renew it before: browsers will refuse the connection afterwards. Where the server made its own, restart it, and it makes another one.',
  },
  CERTIFICATE_EXPIRED: {
    title: 'The server’s certificate has expired.',
    advice:
      'Restart the server, which makes its own certificate anew, or install a new one where you brought it: the server takes it within an hour, or at once with systemctl reload.',
  },
  STORAGE_LOW: {
    title: 'The disk is nearly full, and old recordings are deleted soon.',
    advice: 'Make room, or check whether retention is as you want it.',
  },
  NO_RECOVERY_ROOT: {
    title: 'There is no recovery key for the recordings.',
    advice: 'Make one under System, Keys, and keep it on paper in a safe place.',
  },
  ERR_UNSUPPORTED_CODEC: {
    title: 'This browser cannot show the camera’s codec.',
    advice:
      'Use a browser that shows H.265, such as Firefox, or export the footage. For the future, have the camera send H.264 on its sub stream, and record that, too.',
  },
  ERR_UNREACHABLE: {
    title: 'The server does not answer.',
    advice: 'Check the network and whether the server runs; it is tried again by itself.',
  },
  ERR_RESPONSE: {
    title: 'What answers is no FluxVision server.',
    advice: 'Check the address, and whether a proxy stands in between.',
  },
  ERR_VALIDATION: {
    title: 'The server did not take what was entered.',
    advice: 'Correct the fields that the message names.',
  },
  ERR_NOT_FOUND: {
    title: 'It is not there any more, or you may not see it.',
    advice: 'Load the page again.',
  },
  ERR_ABORTED: {
    title: 'It was ended before it was done.',
    advice: 'Start it again where it is still wanted.',
  },
  ERR_ADDRESS_REFUSED: {
    title: 'The server does not connect to this address.',
    advice:
      'Enter the address of a camera on the network; not a file, a program or the server itself.',
  },
  ERR_USERS: {
    title: 'The database of users cannot be used.',
    advice:
      'Nothing was changed. Look at the disk of the server, or restore users.db from a backup.',
  },
  ERR_USER_EXISTS: {
    title: 'There is a user of that name already.',
    advice: 'Choose another name; capital letters make no difference.',
  },
  ERR_LAST_ADMIN: {
    title: 'This is the last administrator who can log in.',
    advice: 'Make another administrator first.',
  },
  ERR_API_KEY: {
    title: 'The API key is unknown, revoked or expired.',
    advice: 'Make a new one under System, API keys.',
  },
  ERR_API_KEY_NOT_FOUND: {
    title: 'There is no such API key.',
    advice: 'Load the page again: it was revoked meanwhile.',
  },
  ERR_LAYOUT_EXISTS: {
    title: 'There is a layout of that id already.',
    advice: 'Save it under another name.',
  },
  ERR_LAYOUT_NOT_FOUND: {
    title: 'There is no such layout of yours.',
    advice: 'Load the page again: it was removed meanwhile.',
  },
  ERR_NODE_EXISTS: {
    title: 'This server is in the list already.',
    advice: 'Edit the entry that there is.',
  },
  ERR_NODE_NOT_FOUND: {
    title: 'There is no such server in the list.',
    advice: 'Load the page again: it was removed meanwhile.',
  },
  ERR_ORIGIN: {
    title: 'The server does not take requests from this page’s address.',
    advice:
      'Open the server by its own address, or add this page’s address to allowedOrigins in its configuration.',
  },
  ERR_RATE_LIMIT: {
    title: 'Too many requests from this address.',
    advice: 'Wait a minute, and try again.',
  },
  ERR_SESSION_NOT_FOUND: {
    title: 'There is no such session.',
    advice: 'It has probably ended by itself.',
  },
  ERR_SETUP_CLOSED: {
    title: 'This server is set up already.',
    advice: 'Log in, or ask its administrator for a user.',
  },
  ERR_SETUP_TOKEN: {
    title: 'This is not the setup token.',
    advice:
      'It stands in the output of the server for an hour; restart the server to get a new one.',
  },
  ERR_STATE: {
    title: 'That is not possible at present.',
    advice: 'The message says what has to come first.',
  },
  ERR_INVALID_ARGUMENT: {
    title: 'The server did not take what was entered.',
    advice: 'Correct what the message names.',
  },
  ERR_CLOSED: { title: 'The server is stopping.', advice: 'Try again when it has started.' },
  ERR_CERTIFICATE: {
    title: 'The certificate of the server cannot be used.',
    advice:
      'Install a certificate and its key as PEM files; see the message. Until then the server goes on with the one it has.',
  },
  ERR_PASSPHRASE_SOURCE: {
    title: 'The server does not find its passphrase.',
    advice: 'Check the passphrase settings of its configuration.',
  },
  ERR_SEALED_PICTURE: {
    title: 'A sealed picture did not open. It was not shown.',
    advice:
      'It was altered on its way; the connection is made anew. If it happens again, look at what stands between this device and the server: proxies, TLS inspection.',
  },
  ERR_SEALING_REQUIRED: {
    title: 'The server sends encrypted pictures alone.',
    advice: 'Reload the page. Other clients have to ask for sealed pictures.',
  },
  ERR_PEER_KEY: {
    title: 'The public key is none.',
    advice: 'Connect again. If it happens again, look at proxies and TLS inspection on the way.',
  },
  details: 'Details',
  since: 'since {{time}}',
  error: 'Error',
  warning: 'Warning',
  none: 'No troubles',
};
