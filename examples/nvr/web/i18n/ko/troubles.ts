// 서버가 보낼 수 있는 코드마다 무엇이 문제이고 무엇을 해야 하는지 (docs/errors.md, protocol: Trouble).
// `meaning`이 있으면 관리자가 고쳐야 하는 설비 문제입니다.
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
  details: '자세히',
  since: '{{time}}부터',
  error: '오류',
  warning: '경고',
  none: '문제 없음',
  tellAdministrator: '관리자에게 알리세요.',
};
