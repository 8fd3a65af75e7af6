// 서버 자체와 서버까지의 연결 문제와 해야 할 일.
export default {
  ERR_ADDRESS_IN_USE: {
    title: '서버의 네트워크 포트가 이미 사용 중입니다.',
    advice: '그 포트를 쓰는 프로그램을 중지하거나 설정에서 다른 포트를 고르세요.',
  },
  ERR_BUSY: { title: '서버가 바쁩니다.', advice: '잠시 후 다시 시도하세요.' },
  ERR_INTERNAL: {
    title: '서버 내부에서 문제가 생겼습니다.',
    advice: '로그를 확인하고 메시지와 함께 신고하세요.',
  },
  ERR_OUT_OF_MEMORY: {
    title: '서버의 메모리가 부족합니다.',
    meaning: '빠지는 영상이 있습니다.',
    advice: '다른 프로그램을 닫거나 녹화하는 카메라를 줄이세요.',
  },
  ERR_UNSUPPORTED: {
    title: '서버에 필요한 것이 없습니다.',
    advice: '서버에서 “fluxvision doctor”로 무엇이 있는지 확인하세요.',
  },
  CERTIFICATE_EXPIRES: {
    title: '서버의 인증서가 곧 만료됩니다.',
    meaning: '녹화는 계속됩니다. 만료되면 브라우저와 다른 프로그램이 연결을 거부합니다.',
    advice:
      '그 전에 새 인증서로 바꾸세요. 한 시간 안에, 또는 systemctl reload를 실행하면 즉시 적용됩니다. 서버가 만든 인증서는 재시작하면 갱신됩니다.',
  },
  CERTIFICATE_EXPIRED: {
    title: '서버의 인증서가 만료되었습니다.',
    meaning: '녹화는 계속되지만 브라우저가 이 서버를 경고하고 다른 프로그램은 연결하지 않습니다.',
    advice:
      '새 인증서로 바꾸세요. 한 시간 안에, 또는 systemctl reload를 실행하면 즉시 적용됩니다. 서버가 만든 인증서는 재시작하면 갱신됩니다.',
  },
  SETTINGS_REFUSED: {
    title: '설정 파일에 오류가 있습니다.',
    meaning: '녹화는 이전 설정으로 계속됩니다.',
    advice: '서버에서 메시지에 나온 줄을 고친 뒤 systemctl reload를 다시 실행하세요.',
  },
  SETTINGS_WAIT: {
    title: '변경된 설정 일부는 재시작해야 적용됩니다.',
    meaning: '녹화는 해당 설정의 이전 값으로 계속됩니다.',
    advice: '몇 초 동안 녹화되지 않아도 괜찮을 때 서버를 재시작하세요.',
  },
  ERR_UNREACHABLE: {
    title: '서버가 응답하지 않습니다.',
    advice: '네트워크와 서버가 실행 중인지 확인하세요. 자동으로 다시 시도합니다.',
  },
  ERR_RESPONSE: {
    title: '응답한 것이 FluxVision 서버가 아닙니다.',
    advice: '주소와 중간의 프록시를 확인하세요.',
  },
  ERR_CLOSED: { title: '서버가 종료 중입니다.', advice: '다시 시작된 후 시도하세요.' },
  ERR_CERTIFICATE: {
    title: '서버의 인증서를 사용할 수 없습니다.',
    advice:
      '인증서와 키를 PEM 파일로 설치하세요. 메시지를 보세요. 그때까지 서버는 지금의 인증서를 씁니다.',
  },
};
