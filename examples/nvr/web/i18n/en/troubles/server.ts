// What is wrong with the server itself or the way to it, and what to do.
export default {
  ERR_ADDRESS_IN_USE: {
    title: 'A network port of this server is taken.',
    advice: 'Stop the other program that uses it, or choose another port in the configuration.',
  },
  ERR_BUSY: { title: 'The server is busy.', advice: 'Try again in a moment.' },
  ERR_INTERNAL: {
    title: 'Something failed inside the server.',
    advice: 'Look at the logs, and report it with the message.',
  },
  ERR_OUT_OF_MEMORY: {
    title: 'The server has no memory left.',
    meaning: 'Pictures are lost.',
    advice: 'Close other programs on it, or record fewer cameras.',
  },
  ERR_UNSUPPORTED: {
    title: 'The server lacks what is needed for this.',
    advice: '“fluxvision doctor” on the server shows what there is.',
  },
  CERTIFICATE_EXPIRES: {
    title: 'The server’s certificate expires soon.',
    meaning:
      'Recording goes on. When it has expired browsers and other programs refuse the connection.',
    advice:
      'Put a new certificate in its place before: the server takes it within an hour, or at once with systemctl reload. One that the server made itself is renewed by a restart.',
  },
  CERTIFICATE_EXPIRED: {
    title: 'The server’s certificate has expired.',
    meaning:
      'Recording goes on, but browsers warn of this server, and other programs do not connect.',
    advice:
      'Put a new certificate in its place: the server takes it within an hour, or at once with systemctl reload. One that the server made itself is renewed by a restart.',
  },
  SETTINGS_REFUSED: {
    title: 'The settings file has a mistake.',
    meaning: 'Recording goes on, with the settings of before.',
    advice: 'Mend the line that the message names on the server, and run systemctl reload again.',
  },
  SETTINGS_WAIT: {
    title: 'Some changed settings wait for a restart.',
    meaning: 'Recording goes on, with what these settings were before.',
    advice: 'Restart the server when a few seconds without recording do no harm.',
  },
  ERR_UNREACHABLE: {
    title: 'The server does not answer.',
    advice: 'Check the network and whether the server runs; it is tried again by itself.',
  },
  ERR_RESPONSE: {
    title: 'What answers is no FluxVision server.',
    advice: 'Check the address, and whether a proxy stands in between.',
  },
  ERR_CLOSED: { title: 'The server is stopping.', advice: 'Try again when it has started.' },
  ERR_CERTIFICATE: {
    title: 'The certificate of the server cannot be used.',
    advice:
      'Install a certificate and its key as PEM files; see the message. Until then the server goes on with the one it has.',
  },
};
