// 카메라, 스트림, ONVIF의 문제와 해야 할 일.
const notRecorded = '그동안 이 카메라는 보이지도 녹화되지도 않습니다.';

export default {
  ERR_CONNECTION: {
    title: '카메라에 연결되지 않습니다.',
    meaning: notRecorded,
    advice: '전원, 네트워크 케이블, 주소를 확인하세요. 자동으로 다시 시도합니다.',
  },
  ERR_HOST_NOT_FOUND: {
    title: '카메라 이름에 해당하는 주소가 없습니다.',
    meaning: notRecorded,
    advice: '스트림 주소의 이름을 확인하거나 IP 주소를 입력하고, DNS 서버를 확인하세요.',
  },
  ERR_TLS: {
    title: '보안 연결을 맺지 못했습니다.',
    meaning: notRecorded,
    advice: '포트를 확인하세요. 보안 스트림(rtsps)은 다른 포트를 쓰는 경우가 많습니다.',
  },
  ERR_TLS_CERTIFICATE: {
    title: '카메라의 인증서가 만료되었거나 바뀌었거나 신뢰할 수 없습니다.',
    meaning: notRecorded,
    advice:
      '카메라 웹 페이지에서 갱신하세요. 또는 자세히에 있는 지문을 카메라의 지문과 비교한 뒤 카메라 설정에 입력하세요.',
  },
  ERR_UNAUTHORIZED: {
    title: '사용자 이름 또는 비밀번호가 거부되었습니다.',
    meaning: notRecorded,
    advice: '카메라 설정에 올바른 값을 입력하세요.',
  },
  ERR_HTTP_STATUS: {
    title: '장치가 오류로 응답했습니다.',
    meaning: notRecorded,
    advice: '장치의 웹 페이지를 확인하세요. 메시지에 상태 코드가 있습니다.',
  },
  ERR_NO_VIDEO: {
    title: '스트림에 녹화할 수 있는 영상이 없습니다.',
    meaning: notRecorded,
    advice: '카메라를 H.264, H.265 또는 MJPEG로 설정하세요.',
  },
  ERR_RTSP_UNAUTHORIZED: {
    title: '카메라가 사용자 이름 또는 비밀번호를 거부했습니다.',
    meaning: notRecorded,
    advice:
      '카메라 설정에 올바른 값을 입력하세요. 여러 번 틀리면 몇 분간 잠그는 카메라도 있습니다.',
  },
  ERR_RTSP_NOT_FOUND: {
    title: '카메라에 그런 스트림이 없습니다.',
    meaning: notRecorded,
    advice: '스트림 주소의 경로를 확인하거나, 카메라를 다시 검색해 ONVIF로 주소를 받으세요.',
  },
  ERR_RTSP_SESSION_NOT_FOUND: {
    title: '카메라가 세션을 잊었습니다.',
    meaning: notRecorded,
    advice: '할 일이 없습니다. 다시 연결합니다. 반복되면 카메라를 재시작하세요.',
  },
  ERR_RTSP_STATUS: {
    title: '카메라가 오류로 응답했습니다.',
    meaning: notRecorded,
    advice: '카메라에 직접 연결된 시청자가 너무 많은 경우가 많습니다. 다른 프로그램을 닫으세요.',
  },
  ERR_RTSP_PROTOCOL: {
    title: '응답한 것이 카메라 스트림이 아닙니다.',
    meaning: notRecorded,
    advice: '스트림 주소의 포트를 확인하세요. RTSP는 보통 554입니다.',
  },
  ERR_RTSP_TIMEOUT: {
    title: '카메라가 응답하지 않습니다.',
    meaning: notRecorded,
    advice: '주소, 전원, 그리고 카메라와 서버 사이의 방화벽을 확인하세요.',
  },
  ERR_RTSP_STALLED: {
    title: '카메라가 영상을 보내지 않습니다.',
    meaning: notRecorded,
    advice: '자동으로 다시 연결합니다. UDP라면 방화벽을 확인하거나 TCP를 선택하세요.',
  },
  ERR_RTSP_CLOSED: {
    title: '카메라가 연결을 끊었습니다.',
    meaning: notRecorded,
    advice: '자동으로 다시 연결합니다. 반복되면 카메라를 재시작하세요.',
  },
  ERR_RTSP_NO_VIDEO: {
    title: '카메라가 알 수 있는 영상을 제공하지 않습니다.',
    meaning: notRecorded,
    advice: '카메라를 H.264, H.265 또는 MJPEG로 설정하세요.',
  },
  ERR_RTSP_UNSUPPORTED: {
    title: '카메라가 이 전송 방식을 지원하지 않습니다.',
    meaning: notRecorded,
    advice: '카메라 설정에서 다른 전송 방식을 선택하세요. TCP는 거의 항상 됩니다.',
  },
  ERR_ONVIF_UNREACHABLE: {
    title: 'ONVIF로 장치에 연결할 수 없습니다.',
    advice: '주소와 포트, 그리고 장치에서 ONVIF가 켜져 있는지 확인하세요.',
  },
  ERR_ONVIF_UNAUTHORIZED: {
    title: 'ONVIF가 사용자 이름 또는 비밀번호를 거부했습니다.',
    advice: 'ONVIF 사용자를 따로 두는 카메라가 많습니다. 카메라 웹 페이지에서 추가하세요.',
  },
  ERR_ONVIF_FAULT: {
    title: '장치가 요청을 거부했습니다.',
    advice: '메시지에 이유가 있습니다. 반복되면 펌웨어를 업데이트하세요.',
  },
  ERR_ONVIF_ANSWER: {
    title: '응답한 것이 ONVIF가 아닙니다.',
    advice: '주소가 장치의 ONVIF 포트인지 확인하세요.',
  },
  ERR_ONVIF_UNSUPPORTED: {
    title: '장치에 이 기능이 없습니다.',
    advice: '이 기능 없이 사용하거나 장치의 웹 페이지에서 설정하세요.',
  },
  ERR_ONVIF_FOREIGN_HOST: {
    title: '장치가 다른 호스트의 주소를 알려 줍니다.',
    advice: '장치의 네트워크 설정을 확인하세요. 옛 주소를 자기 주소로 알고 있을 수 있습니다.',
  },
  ERR_CAMERA_EXISTS: {
    title: '같은 ID의 카메라가 이미 있습니다.',
    advice: '다른 이름을 고르세요.',
  },
  ERR_CAMERA_NOT_FOUND: {
    title: '그런 카메라가 없거나 볼 권한이 없습니다.',
    advice: '제거되었거나 배정되지 않았는지 관리자에게 문의하세요.',
  },
  ERR_DECODE: {
    title: '영상이 손상되었습니다.',
    advice: '다른 시점을 고르세요. 모두 실패하면 카메라가 보내는 것을 확인하세요.',
  },
  ERR_DECODER: {
    title: '디코더가 스트림을 포기했습니다.',
    advice: '할 일이 없습니다. 다음 키 프레임에서 다른 디코더가 이어받습니다.',
  },
  ERR_ADDRESS_REFUSED: {
    title: '서버가 이 주소에 연결하지 않습니다.',
    advice: '네트워크에 있는 카메라의 주소를 입력하세요. 파일, 프로그램, 서버 자신은 안 됩니다.',
  },
  ERR_UNSUPPORTED_CODEC: {
    title: '이 브라우저는 카메라의 코덱을 표시할 수 없습니다.',
    advice:
      'Firefox처럼 H.265를 표시하는 브라우저를 쓰거나 영상을 내보내세요. 앞으로는 카메라의 서브 스트림을 H.264로 설정하고 함께 녹화하세요.',
  },
};
