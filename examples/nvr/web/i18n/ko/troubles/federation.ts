// 이 서버가 아는 다른 서버의 문제와 해결 방법.
export default {
  ERR_NODE_UNREACHABLE: {
    title: '다른 서버에 연결할 수 없습니다.',
    meaning: '그 카메라는 마지막으로 알려진 상태로 표시되며 재생되지 않습니다.',
    advice: '주소, 네트워크, 서버가 실행 중인지 확인하세요. 자동으로 다시 시도합니다.',
  },
  ERR_NODE_TIMEOUT: {
    title: '다른 서버가 제때 응답하지 않습니다.',
    meaning: '표시된 내용이 오래되었을 수 있습니다.',
    advice: '서버의 부하와 연결 경로를 확인하세요. 자동으로 다시 시도합니다.',
  },
  ERR_NODE_IDENTITY: {
    title: '다른 서버의 인증서가 이전과 다르거나 다른 서버입니다.',
    meaning: '키를 보내지 않았습니다. 누군가 확인할 때까지 그 카메라는 재생되지 않습니다.',
    advice:
      '그 서버에 표시된 지문과 비교하세요. 같으면 수락하고, 다르면 누군가 중간에 있는 것입니다.',
  },
  ERR_NODE_KEY: {
    title: '다른 서버가 키를 거부합니다.',
    advice: '그 서버의 시스템, 원격 노드, “다른 서버용 키”에서 새 키를 만들어 여기에 입력하세요.',
  },
  ERR_NODE_KEY_IN_USE: {
    title: '다른 서버가 이미 이 키를 사용합니다.',
    advice: '서버마다 따로 키를 만드세요.',
  },
  ERR_NODE_VERSION: {
    title: '다른 서버의 버전이 맞지 않습니다.',
    advice: '둘 중 오래된 서버를 업데이트하세요. 메시지에 어느 쪽인지 나옵니다.',
  },
  ERR_NODE_ANSWER: {
    title: '그 주소의 응답이 FluxVision 서버의 것이 아닙니다.',
    advice: '주소와 중간에 프록시가 있는지 확인하세요.',
  },
  ERR_NODE_SELF: {
    title: '이 서버 자신의 주소입니다.',
    advice: '다른 서버의 주소를 입력하세요.',
  },
  ERR_NODE_EXISTS: {
    title: '이 서버가 이미 목록에 있습니다.',
    advice: '있는 항목을 편집하세요. 메시지에 이름이 나옵니다.',
  },
  ERR_NODE_NOT_FOUND: {
    title: '목록에 그런 서버가 없습니다.',
    advice: '페이지를 새로 고치세요. 그사이 제거되었습니다.',
  },
  ERR_NODE_DISABLED: {
    title: '목록에서 다른 서버가 꺼져 있습니다.',
    advice: '원격 노드에서 켜세요.',
  },
  ERR_TICKET: {
    title: '이 카메라의 이용권이 만료되었습니다.',
    advice: '자동으로 다시 요청합니다. 돌아오지 않으면 카메라를 다시 여세요.',
  },
  ERR_TICKET_RANGE: {
    title: '이용권이 이 시간의 녹화용이 아닙니다.',
    advice: '원하는 시간에서 재생을 다시 여세요.',
  },
};
