// Login, first start, change of the password, in Korean.
export default {
  title: '로그인',
  username: '사용자 이름',
  password: '비밀번호',
  login: '로그인',
  wait: '{{seconds}}초 기다리세요',
  private: '접속 기록이 남습니다.',
  newPassword: '새 비밀번호',
  again: '새 비밀번호 확인',
  differs: '두 비밀번호가 다릅니다. 같은 비밀번호를 두 번 입력하세요.',
  strength: {
    hint: '{{count}}자 이상. 특수문자보다 여러 단어를 이어 쓰는 것이 좋습니다.',
    0: '너무 짧습니다. {{count}}자 이상 입력하세요.',
    1: '약함: 추측하기 쉽습니다. 단어를 더 넣으세요.',
    2: '보통: 더 길게 하는 것이 좋습니다.',
    3: '좋음.',
    4: '강함.',
  },
  ended: {
    expired: {
      title: '세션이 끝났습니다',
      text: '세션은 24시간 유지됩니다. 다시 로그인하면 같은 페이지로 돌아옵니다.',
    },
    kicked: {
      title: '관리자가 세션을 종료했습니다',
      text: '다시 로그인하기 전에 관리자에게 문의하세요.',
    },
    password_changed: {
      title: '비밀번호가 변경되었습니다',
      text: '새 비밀번호로 로그인하세요.',
    },
    permissions_changed: {
      title: '권한이 변경되었습니다',
      text: '새 권한으로 사용하려면 다시 로그인하세요.',
    },
    user_disabled: {
      title: '계정이 비활성화되었습니다',
      text: '관리자만 다시 활성화할 수 있습니다.',
    },
    replaced: {
      title: '다른 곳에서 로그인했습니다',
      text: '허용된 세션 수를 넘어, 새 로그인이 이 세션을 대신했습니다.',
    },
    unreachable: {
      title: '서버가 응답하지 않습니다',
      text: '녹화는 계속되고 있을 수 있습니다. 네트워크를 확인한 뒤 페이지를 다시 불러오세요.',
    },
  },
  setup: {
    title: '최초 설정',
    text: '첫 관리자를 만드세요. 기본 비밀번호는 없습니다.',
    token: '설정 토큰',
    tokenHint: '서버를 시작한 화면에 출력되며 한 번만 쓸 수 있습니다.',
    create: '관리자 만들기',
  },
  change: {
    title: '비밀번호 변경',
    text: '관리자가 {{name}}의 비밀번호를 정했습니다. 본인만 아는 비밀번호로 바꾸세요.',
    current: '현재 비밀번호',
    save: '비밀번호 변경',
    logout: '로그아웃',
  },
};
