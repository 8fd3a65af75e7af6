// 서버가 보낼 수 있는 코드마다 무엇이 문제이고 무엇을 해야 하는지 (docs/errors.md, protocol: Trouble).
export default {
  ERR_CONNECTION: {
    title: '카메라에 연결되지 않습니다.',
    advice: '전원, 네트워크 케이블, 주소를 확인하세요. 자동으로 다시 시도합니다.',
  },
  ERR_HOST_NOT_FOUND: {
    title: '카메라 이름에 해당하는 주소가 없습니다.',
    advice: '스트림 주소의 이름을 확인하거나 IP 주소를 입력하고, DNS 서버를 확인하세요.',
  },
  ERR_TLS: {
    title: '보안 연결을 맺지 못했습니다.',
    advice: '포트를 확인하세요. 보안 스트림(rtsps)은 다른 포트를 쓰는 경우가 많습니다.',
  },
  ERR_TLS_CERTIFICATE: {
    title: '카메라의 인증서를 신뢰할 수 없습니다.',
    advice: '메시지의 지문을 카메라의 지문과 비교한 뒤 카메라 설정에 입력하세요.',
  },
  ERR_UNAUTHORIZED: {
    title: '사용자 이름 또는 비밀번호가 거부되었습니다.',
    advice: '카메라 설정에 올바른 값을 입력하세요.',
  },
  ERR_HTTP_STATUS: {
    title: '장치가 오류로 응답했습니다.',
    advice: '장치의 웹 페이지를 확인하세요. 메시지에 상태 코드가 있습니다.',
  },
  ERR_NO_VIDEO: {
    title: '스트림에 녹화할 수 있는 영상이 없습니다.',
    advice: '카메라를 H.264, H.265 또는 MJPEG로 설정하세요.',
  },
  ERR_RTSP_UNAUTHORIZED: {
    title: '카메라가 사용자 이름 또는 비밀번호를 거부했습니다.',
    advice:
      '카메라 설정에 올바른 값을 입력하세요. 여러 번 틀리면 몇 분간 잠그는 카메라도 있습니다.',
  },
  ERR_RTSP_NOT_FOUND: {
    title: '카메라에 그런 스트림이 없습니다.',
    advice: '스트림 주소의 경로를 확인하거나, 카메라를 다시 검색해 ONVIF로 주소를 받으세요.',
  },
  ERR_RTSP_SESSION_NOT_FOUND: {
    title: '카메라가 세션을 잊었습니다.',
    advice: '할 일이 없습니다. 다시 연결합니다. 반복되면 카메라를 재시작하세요.',
  },
  ERR_RTSP_STATUS: {
    title: '카메라가 오류로 응답했습니다.',
    advice: '카메라에 직접 연결된 시청자가 너무 많은 경우가 많습니다. 다른 프로그램을 닫으세요.',
  },
  ERR_RTSP_PROTOCOL: {
    title: '응답한 것이 카메라 스트림이 아닙니다.',
    advice: '스트림 주소의 포트를 확인하세요. RTSP는 보통 554입니다.',
  },
  ERR_RTSP_TIMEOUT: {
    title: '카메라가 응답하지 않습니다.',
    advice: '주소, 전원, 그리고 카메라와 서버 사이의 방화벽을 확인하세요.',
  },
  ERR_RTSP_STALLED: {
    title: '카메라가 영상을 보내지 않습니다.',
    advice: '자동으로 다시 연결합니다. UDP라면 방화벽을 확인하거나 TCP를 선택하세요.',
  },
  ERR_RTSP_CLOSED: {
    title: '카메라가 연결을 끊었습니다.',
    advice: '자동으로 다시 연결합니다. 반복되면 카메라를 재시작하세요.',
  },
  ERR_RTSP_NO_VIDEO: {
    title: '카메라가 알 수 있는 영상을 제공하지 않습니다.',
    advice: '카메라를 H.264, H.265 또는 MJPEG로 설정하세요.',
  },
  ERR_RTSP_UNSUPPORTED: {
    title: '카메라가 이 전송 방식을 지원하지 않습니다.',
    advice: '카메라 설정에서 다른 전송 방식을 선택하세요. TCP는 거의 항상 됩니다.',
  },
  ERR_ADDRESS_IN_USE: {
    title: '서버의 네트워크 포트가 이미 사용 중입니다.',
    advice: '그 포트를 쓰는 프로그램을 중지하거나 설정에서 다른 포트를 고르세요.',
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
  ERR_STORAGE: {
    title: '저장 폴더를 사용할 수 없습니다.',
    advice: '메시지와 서버의 폴더 권한을 확인하세요.',
  },
  ERR_STORAGE_FULL: {
    title: '디스크가 가득 차서 녹화할 수 없습니다.',
    advice: '디스크를 비우거나 저장소에서 보관 기간을 줄이세요.',
  },
  ERR_STORAGE_NOT_FOUND: {
    title: '저장소가 지정된 경로에 없습니다.',
    advice: '서버 설정의 경로를 확인하세요.',
  },
  ERR_STORAGE_LOCKED: {
    title: '다른 프로그램이 저장소를 열고 있습니다.',
    advice: '다른 녹화기를 중지하세요. 하나만 저장소를 쓸 수 있습니다.',
  },
  ERR_STORAGE_MISSING: {
    title: '녹화 디스크가 없습니다. 녹화되지 않고 있습니다.',
    advice: '디스크를 연결하거나 마운트하세요. 그러면 녹화가 자동으로 계속됩니다.',
  },
  ERR_STORAGE_MISMATCH: {
    title: '저장소 자리에 다른 디스크가 마운트되어 있습니다.',
    advice: '올바른 디스크를 마운트하세요.',
  },
  ERR_STORAGE_SUSPECT: {
    title: '색인에 있는 녹화 대부분이 디스크에 없습니다.',
    advice: '인정하기 전에 빠진 디스크를 마운트하세요. 그때까지 아무것도 삭제하지 않습니다.',
  },
  ERR_INDEX: {
    title: '녹화 색인을 사용할 수 없습니다.',
    advice:
      '녹화는 계속되고 항목은 대기합니다. 디스크와 데이터베이스를 쓰는 다른 프로그램을 확인하세요.',
  },
  ERR_INDEX_CONFLICT: {
    title: '두 녹화가 같은 자리를 차지합니다.',
    advice: '서버에서 “fluxvision check”를 실행하게 하세요.',
  },
  ERR_INDEX_TOTALS: {
    title: '하루 합계가 그날의 녹화와 맞지 않습니다.',
    advice: '서버에서 “fluxvision check --repair”를 실행하게 하세요.',
  },
  ERR_CONFIG: {
    title: '설정 데이터베이스를 사용할 수 없습니다.',
    advice: '서버 디스크를 확인하거나 백업에서 복원하세요. 그동안 변경 내용은 저장되지 않습니다.',
  },
  ERR_SCHEMA_VERSION: {
    title: '더 새로운 버전이 데이터베이스를 썼습니다.',
    advice: '그 버전이나 그 이후 버전을 설치하세요.',
  },
  ERR_RECOVERY: {
    title: '마지막 시작 때 저장소에서 많은 문제가 발견되었습니다.',
    advice: '로그를 보고 서버에서 “fluxvision check”를 실행하게 하세요.',
  },
  ERR_RETENTION: {
    title: '무엇을 삭제해도 되는지 알 수 없어 아무것도 삭제하지 않습니다.',
    advice: '녹화는 계속됩니다. 디스크가 가득 차기 전에 로그에서 원인을 확인하세요.',
  },
  ERR_DELETE: {
    title: '녹화를 삭제할 수 없습니다.',
    advice: '서버에서 파일 권한을 고치세요. 자동으로 다시 시도합니다.',
  },
  ERR_GARBAGE: {
    title: '시작한 삭제가 끝나지 않았습니다.',
    advice: '할 일이 없습니다. 서버가 다음에 시작할 때 마칩니다.',
  },
  ERR_CLOCK: {
    title: '서버의 시계가 크게 바뀌었습니다.',
    advice: '시계와 시간 서버(NTP)를 확인하세요. 하루 동안 오래된 녹화를 삭제하지 않습니다.',
  },
  CLOCK_JUMPED: {
    title: '서버의 시계가 크게 바뀌었습니다.',
    advice: '시계와 시간 서버(NTP)를 확인하세요. 하루 동안 오래된 녹화를 삭제하지 않습니다.',
  },
  ERR_LOCKED: {
    title: '키가 잠겨 있어 녹화도 재생도 할 수 없습니다.',
    advice: '시스템의 키에서 암호문으로 잠금을 해제하세요.',
  },
  ERR_KEY_PASSPHRASE: {
    title: '암호문이 틀립니다.',
    advice: '다시 시도하세요. 바뀐 것은 없습니다. 복구 키로도 열 수 있습니다.',
  },
  ERR_KEY_STORE: {
    title: '키 저장소가 없거나 손상되었습니다.',
    advice: '백업에서 복원하세요. 없으면 녹화를 열 수 없습니다.',
  },
  ERR_KEY_ROOT: {
    title: '키 저장소의 루트 기록이 없거나 손상되었습니다.',
    advice: '키 저장소를 백업에서 복원하세요.',
  },
  ERR_KEY_ROOT_NOT_FOUND: {
    title: '폴더에 키 저장소가 없습니다.',
    advice: '서버 설정의 경로를 확인하세요.',
  },
  ERR_KEY_NOT_FOUND: {
    title: '이 녹화의 키가 여기에 없습니다.',
    advice: '키를 가져오거나 해당 키 저장소를 여세요.',
  },
  ERR_KEY_DESTROYED: {
    title: '키가 파기되어 그 키로 봉인한 것도 사라졌습니다.',
    advice: '녹화를 되살릴 방법이 없습니다.',
  },
  ERR_KEY_IN_USE: {
    title: '키가 아직 사용 중입니다.',
    advice: '키를 교체하거나 그날이 끝날 때까지 기다리세요.',
  },
  ERR_KEY_PURPOSE: {
    title: '이 용도의 키는 내보내지 않습니다.',
    advice: '녹화나 데이터베이스의 키만 내보내세요.',
  },
  ERR_KEY_PACKAGE: {
    title: '파일이 키 패키지가 아니거나 변조되었습니다.',
    advice: '다시 내보내게 하세요.',
  },
  ERR_EVIDENCE_LOCKED: {
    title: '증거 보존 중인 영상이 이것에 의존합니다.',
    advice: '그래도 된다면 먼저 보존을 해제하세요.',
  },
  ERR_LOCK_NOT_FOUND: {
    title: '그런 증거 보존이 없습니다.',
    advice: '페이지를 새로 고치세요. 그사이 해제되었습니다.',
  },
  ERR_ROOT_NOT_FOUND: {
    title: '그런 루트가 없습니다.',
    advice: '페이지를 새로 고치세요. 그사이 제거되었습니다.',
  },
  ERR_ROOT_LAST: {
    title: '평소에 키 저장소를 여는 마지막 루트입니다.',
    advice: '먼저 다른 루트를 추가하세요.',
  },
  ERR_ROOT_LOCKED: {
    title: '보안 칩이나 토큰이 루트를 내주지 않습니다.',
    advice: '암호문으로 잠금을 해제한 뒤 docs/tpm.md를 보세요.',
  },
  ERR_RECOVERY_KEY: {
    title: '입력한 것은 복구 키가 아닙니다.',
    advice: '종이에 적힌 것과 한 글자씩 비교하세요.',
  },
  ERR_TPM_UNAVAILABLE: {
    title: '사용할 수 있는 보안 칩(TPM)이 없습니다.',
    advice: '서버에 무엇이 빠졌는지 메시지에 있습니다.',
  },
  ERR_PKCS11_UNAVAILABLE: {
    title: '보안 토큰(PKCS#11)을 사용할 수 없습니다.',
    advice: '꽂혀 있는지, 모듈, 슬롯, PIN을 확인하세요.',
  },
  ERR_PASSWORD: { title: '비밀번호가 틀립니다.', advice: '다시 시도하세요. 시도는 기록됩니다.' },
  ERR_ADMINISTRATOR_NOT_SET: {
    title: '키 저장소에 관리자 비밀번호가 아직 없습니다.',
    advice: '서버에서 “fluxvision”으로 설정하세요.',
  },
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
    advice: '표시된 시간만큼 기다리세요. 그동안은 아무도 더 빨리 로그인할 수 없습니다.',
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
  ERR_BUSY: { title: '서버가 바쁩니다.', advice: '잠시 후 다시 시도하세요.' },
  ERR_INTERNAL: {
    title: '서버 내부에서 문제가 생겼습니다.',
    advice: '로그를 확인하고 메시지와 함께 신고하세요.',
  },
  ERR_OUT_OF_MEMORY: {
    title: '서버의 메모리가 부족합니다.',
    advice: '다른 프로그램을 닫거나 녹화하는 카메라를 줄이세요.',
  },
  ERR_IO: {
    title: '디스크를 읽거나 쓰지 못했습니다.',
    advice: '디스크와 서버의 시스템 로그를 곧 확인하세요. 고장 나고 있을 수 있습니다.',
  },
  ERR_PERMISSION: {
    title: '서버가 파일을 열 권한이 없습니다.',
    advice: '서버에서 파일이나 폴더의 권한을 고치세요.',
  },
  ERR_NO_FOOTAGE: {
    title: '그 시간에 그 카메라의 녹화가 없습니다.',
    advice: '다른 시간을 고르세요. 타임라인에 무엇이 있는지 보입니다.',
  },
  ERR_DECODE: {
    title: '영상이 손상되었습니다.',
    advice: '다른 시점을 고르세요. 모두 실패하면 카메라가 보내는 것을 확인하세요.',
  },
  ERR_DECODER: {
    title: '디코더가 스트림을 포기했습니다.',
    advice: '할 일이 없습니다. 다음 키 프레임에서 다른 디코더가 이어받습니다.',
  },
  ERR_UNSUPPORTED: {
    title: '서버에 필요한 것이 없습니다.',
    advice: '서버에서 “fluxvision doctor”로 무엇이 있는지 확인하세요.',
  },
  ERR_AUTH_TAG: {
    title: '녹화가 변조되었거나 다른 키로 봉인되었습니다.',
    advice: '온전한 사본을 쓰고 이것은 증거로 보관하세요.',
  },
  ERR_AUDIT: {
    title: '감사 로그를 쓸 수 없습니다. 기록해야 하는 일은 그동안 하지 않습니다.',
    advice: '서버의 디스크를 확인하세요.',
  },
  ERR_AUDIT_ALTERED: {
    title: '감사 로그가 서명된 것과 다릅니다.',
    advice: '파일을 증거로 보관하고 docs/audit.md를 보세요.',
  },
  ERR_EXPORT: {
    title: '내보내기 파일을 쓸 수 없습니다.',
    advice: '서버 디스크를 비우고 다시 내보내세요.',
  },
  CERTIFICATE_EXPIRES: {
    title: '서버의 인증서가 곧 만료됩니다.',
    advice:
      '그 전에 갱신하세요. 만료되면 브라우저가 연결을 거부합니다. 서버의 자체 인증서라면 재시작하면 새로 만듭니다.',
  },
  CERTIFICATE_EXPIRED: {
    title: '서버의 인증서가 만료되었습니다.',
    advice:
      '서버를 재시작하면 자체 인증서를 새로 만듭니다. 직접 설치한 인증서라면 새것으로 바꾸세요. 한 시간 안에, 또는 systemctl reload를 실행하면 즉시 적용됩니다.',
  },
  STORAGE_LOW: {
    title: '디스크가 거의 찼고 오래된 녹화가 곧 삭제됩니다.',
    advice: '디스크를 비우거나 보관 설정이 원하는 대로인지 확인하세요.',
  },
  NO_RECOVERY_ROOT: {
    title: '녹화를 위한 복구 키가 없습니다.',
    advice: '시스템의 키에서 만들고 종이에 적어 안전한 곳에 보관하세요.',
  },
  ERR_UNSUPPORTED_CODEC: {
    title: '이 브라우저는 카메라의 코덱을 표시할 수 없습니다.',
    advice:
      'Firefox처럼 H.265를 표시하는 브라우저를 쓰거나 영상을 내보내세요. 앞으로는 카메라의 서브 스트림을 H.264로 설정하고 함께 녹화하세요.',
  },
  ERR_UNREACHABLE: {
    title: '서버가 응답하지 않습니다.',
    advice: '네트워크와 서버가 실행 중인지 확인하세요. 자동으로 다시 시도합니다.',
  },
  ERR_RESPONSE: {
    title: '응답한 것이 FluxVision 서버가 아닙니다.',
    advice: '주소와 중간의 프록시를 확인하세요.',
  },
  ERR_VALIDATION: {
    title: '서버가 입력한 값을 받아들이지 않았습니다.',
    advice: '메시지에 적힌 항목을 고치세요.',
  },
  ERR_NOT_FOUND: { title: '더 이상 없거나 볼 권한이 없습니다.', advice: '페이지를 새로 고치세요.' },
  ERR_ABORTED: { title: '끝나기 전에 중단되었습니다.', advice: '필요하면 다시 시작하세요.' },
  ERR_ADDRESS_REFUSED: {
    title: '서버가 이 주소에 연결하지 않습니다.',
    advice: '네트워크에 있는 카메라의 주소를 입력하세요. 파일, 프로그램, 서버 자신은 안 됩니다.',
  },
  ERR_USERS: {
    title: '사용자 데이터베이스를 사용할 수 없습니다.',
    advice: '바뀐 것은 없습니다. 서버 디스크를 확인하거나 users.db를 백업에서 복원하세요.',
  },
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
  ERR_NODE_EXISTS: { title: '이 서버가 이미 목록에 있습니다.', advice: '있는 항목을 편집하세요.' },
  ERR_NODE_NOT_FOUND: {
    title: '목록에 그런 서버가 없습니다.',
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
  ERR_CLOSED: { title: '서버가 종료 중입니다.', advice: '다시 시작된 후 시도하세요.' },
  ERR_CERTIFICATE: {
    title: '서버의 인증서를 사용할 수 없습니다.',
    advice:
      '인증서와 키를 PEM 파일로 설치하세요. 메시지를 보세요. 그때까지 서버는 지금의 인증서를 씁니다.',
  },
  ERR_PASSPHRASE_SOURCE: {
    title: '서버가 암호문을 찾지 못합니다.',
    advice: '서버 설정의 암호문 항목을 확인하세요.',
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
  details: '자세히',
  since: '{{time}}부터',
  error: '오류',
  warning: '경고',
  none: '문제 없음',
};
