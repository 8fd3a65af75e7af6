// What is wrong and what to do, for each code that the server can send (docs/errors.md, protocol:
// Trouble). With a `meaning` it is a fault of the installation, which an administrator has to mend.
import access from './troubles/access.js';
import camera from './troubles/camera.js';
import federation from './troubles/federation.js';
import keys from './troubles/keys.js';
import recording from './troubles/recording.js';
import server from './troubles/server.js';

export default {
  ...access,
  ...camera,
  ...federation,
  ...keys,
  ...recording,
  ...server,
  details: 'Details',
  since: 'since {{time}}',
  error: 'Error',
  warning: 'Warning',
  none: 'No troubles',
  tellAdministrator: 'Tell an administrator.',
};
