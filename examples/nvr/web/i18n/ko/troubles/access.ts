// 거부된 것: 사용자, 세션, API 키, 입력한 값.
export default {
  ERR_PASSWORD: { title: '비밀번호가 틀립니다.', advice: '다시 시도하세요. 시도는 기록됩니다.' },
  ERR_USER_NOT_FOUND: {
    title: '그런 사용자가 없습니다.',
    advice: '페이지를 새로 고치세요. 그사이 삭제되었습니다.',
  },
  ERR_POLICY: {
    title: '비밀번호가 정책에 맞지 않습니다.',
    advice: '더 긴 것을 쓰세요. 메시지에 한도가 있습니다.',
  },
  ERR_SESSION: { title: '로그인이 끝났습니다.', advice: '다시 로그인하세요.' },
  ERR_LOGIN_REFUSED: {
    title: '사용자 이름 또는 비밀번호가 틀립니다.',
    advice: '다시 시도하거나 관리자에게 비밀번호 재설정을 요청하세요.',
  },
  ERR_LOGIN_THROTTLED: {
    title: '틀린 시도가 너무 많습니다.',
    advice: '표시된 시간만큼 기다리세요. 그동안은 아무도 더 빨리 시도할 수 없습니다.',
  },
  ERR_PASSWORD_CHANGE_REQUIRED: {
    title: '먼저 비밀번호를 바꿔야 합니다.',
    advice: '계정에서 새 비밀번호를 설정하세요.',
  },
  ERR_FORBIDDEN: { title: '권한이 없습니다.', advice: '관리자에게 문의하세요.' },
  ERR_TIMEOUT: { title: '제때 응답이 없었습니다.', advice: '네트워크를 확인하고 다시 시도하세요.' },
  ERR_LIMIT: {
    title: '한 번에 허용된 것보다 많이 요청했습니다.',
    advice: '메시지에 따라 줄이세요.',
  },
  ERR_VALIDATION: {
    title: '서버가 입력한 값을 받아들이지 않았습니다.',
    advice: '메시지에 적힌 항목을 고치세요.',
  },
  ERR_NOT_FOUND: { title: '더 이상 없거나 볼 권한이 없습니다.', advice: '페이지를 새로 고치세요.' },
  ERR_ABORTED: { title: '끝나기 전에 중단되었습니다.', advice: '필요하면 다시 시작하세요.' },
  ERR_USER_EXISTS: {
    title: '같은 이름의 사용자가 이미 있습니다.',
    advice: '다른 이름을 고르세요. 대소문자는 구별하지 않습니다.',
  },
  ERR_LAST_ADMIN: {
    title: '로그인할 수 있는 마지막 관리자입니다.',
    advice: '먼저 다른 관리자를 만드세요.',
  },
  ERR_API_KEY: {
    title: 'API 키를 알 수 없거나 폐기되었거나 만료되었습니다.',
    advice: '시스템, API 키에서 새로 만드세요.',
  },
  ERR_API_KEY_NOT_FOUND: {
    title: '그런 API 키가 없습니다.',
    advice: '페이지를 새로 고치세요. 그사이 폐기되었습니다.',
  },
  ERR_LAYOUT_EXISTS: {
    title: '같은 ID의 레이아웃이 이미 있습니다.',
    advice: '다른 이름으로 저장하세요.',
  },
  ERR_LAYOUT_NOT_FOUND: {
    title: '그런 레이아웃이 없습니다.',
    advice: '페이지를 새로 고치세요. 그사이 제거되었습니다.',
  },
  ERR_ORIGIN: {
    title: '서버가 이 페이지 주소의 요청을 받지 않습니다.',
    advice: '서버를 자체 주소로 열거나, 서버 설정의 allowedOrigins에 이 페이지 주소를 추가하세요.',
  },
  ERR_RATE_LIMIT: { title: '이 주소에서 요청이 너무 많습니다.', advice: '1분 후 다시 시도하세요.' },
  ERR_SESSION_NOT_FOUND: { title: '그런 세션이 없습니다.', advice: '이미 끝났을 것입니다.' },
  ERR_SETUP_CLOSED: {
    title: '이 서버는 이미 설정되었습니다.',
    advice: '로그인하거나 관리자에게 사용자를 요청하세요.',
  },
  ERR_SETUP_TOKEN: {
    title: '설정 토큰이 아닙니다.',
    advice: '서버 출력에 한 시간 동안 있습니다. 서버를 재시작하면 새로 나옵니다.',
  },
  ERR_STATE: { title: '지금은 할 수 없습니다.', advice: '먼저 해야 할 일이 메시지에 있습니다.' },
  ERR_INVALID_ARGUMENT: {
    title: '서버가 입력한 값을 받아들이지 않았습니다.',
    advice: '메시지에 적힌 값을 고치세요.',
  },
  ERR_SEALED_PICTURE: {
    title: '암호화된 영상이 풀리지 않아 표시하지 않았습니다.',
    advice:
      '전송 중에 변조되었습니다. 연결을 새로 맺습니다. 다시 일어나면 이 기기와 서버 사이의 프록시와 TLS 검사 장비를 확인하세요.',
  },
  ERR_SEALING_REQUIRED: {
    title: '이 서버는 암호화된 영상만 보냅니다.',
    advice: '페이지를 새로 고치세요. 다른 클라이언트는 암호화된 영상을 요청해야 합니다.',
  },
  ERR_PEER_KEY: {
    title: '올바른 공개 키가 아닙니다.',
    advice: '다시 연결하세요. 반복되면 중간의 프록시와 TLS 검사 장비를 확인하세요.',
  },
};
