// 저장소, 데이터베이스, 시계, 녹화의 문제와 해야 할 일.
const nothing = '그동안 녹화되지 않습니다. 이전 녹화는 그대로 있습니다.';

export default {
  ERR_STORAGE: {
    title: '저장 폴더를 사용할 수 없습니다.',
    meaning: nothing,
    advice: '메시지와 서버의 폴더 권한을 확인하세요.',
  },
  ERR_STORAGE_FULL: {
    title: '디스크가 가득 찼습니다.',
    meaning:
      '녹화되지 않고 있으며, 삭제해도 되는 이전 녹화도 없습니다. 증거로 보존 중이거나 남아 있지 않습니다.',
    advice:
      '디스크를 비우거나 증거 보존을 해제하거나 저장소에서 보관 기간을 줄이세요. 그러면 녹화가 자동으로 계속됩니다.',
  },
  ERR_STORAGE_NOT_FOUND: {
    title: '저장소가 지정된 경로에 없습니다.',
    meaning: nothing,
    advice: '서버 설정의 경로를 확인하세요.',
  },
  ERR_STORAGE_LOCKED: {
    title: '다른 프로그램이 저장소를 열고 있습니다.',
    meaning: nothing,
    advice: '다른 녹화기를 중지하세요. 하나만 저장소를 쓸 수 있습니다.',
  },
  ERR_STORAGE_MISSING: {
    title: '녹화 디스크가 없습니다.',
    meaning: nothing,
    advice: '디스크를 연결하거나 마운트하세요. 그러면 녹화가 자동으로 계속됩니다.',
  },
  ERR_STORAGE_MISMATCH: {
    title: '저장소 자리에 다른 디스크가 마운트되어 있습니다.',
    meaning: nothing,
    advice: '올바른 디스크를 마운트하세요.',
  },
  ERR_STORAGE_SUSPECT: {
    title: '색인에 있는 녹화 대부분이 디스크에 없습니다.',
    meaning: '없는 녹화는 재생할 수 없습니다. 녹화는 계속됩니다.',
    advice: '인정하기 전에 빠진 디스크를 마운트하세요. 그때까지 아무것도 삭제하지 않습니다.',
  },
  ERR_INDEX: {
    title: '녹화 색인을 사용할 수 없습니다.',
    meaning: '녹화는 계속되며, 색인을 다시 쓸 수 있게 되면 최근 영상도 찾을 수 있습니다.',
    advice:
      '데이터베이스(index.db)를 잡고 있는 프로그램을 중지하거나 디스크를 확인하세요. 자동으로 다시 시도합니다.',
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
    meaning: '녹화는 계속됩니다. 그동안 설정 변경은 저장되지 않습니다.',
    advice:
      '데이터베이스(config.db)를 잡고 있는 프로그램을 중지하거나 디스크를 확인하세요. 자동으로 다시 시도합니다.',
  },
  ERR_SCHEMA_VERSION: {
    title: '더 새로운 버전이 데이터베이스를 썼습니다.',
    meaning: nothing,
    advice: '그 버전이나 그 이후 버전을 설치하세요.',
  },
  ERR_RECOVERY: {
    title: '마지막 시작 때 저장소에서 많은 문제가 발견되었습니다.',
    meaning: '녹화는 계속됩니다. 이전 녹화가 없거나 손상되었을 수 있습니다.',
    advice: '로그를 보고 서버에서 “fluxvision check”를 실행하게 하세요.',
  },
  ERR_RETENTION: {
    title: '무엇을 삭제해도 되는지 알 수 없습니다.',
    meaning: '녹화는 계속되며, 디스크가 가득 찰 때까지 아무것도 삭제하지 않습니다.',
    advice: '그 전에 로그에서 원인을 확인하세요.',
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
    title: '서버의 시계가 틀리거나 바뀌었습니다.',
    meaning:
      '녹화는 계속되지만 영상의 시각이 틀릴 수 있습니다. 하루 동안 오래된 녹화를 삭제하지 않습니다.',
    advice:
      '서버의 시계를 정확한 시각과 비교하고 시간 서버(NTP)로 맞추세요. 지금 맞다면 할 일이 없습니다.',
  },
  ERR_IO: {
    title: '디스크를 읽거나 쓰지 못했습니다.',
    meaning: '빠진 영상이 있을 수 있습니다.',
    advice: '디스크와 서버의 시스템 로그를 곧 확인하세요. 고장 나고 있을 수 있습니다.',
  },
  ERR_PERMISSION: {
    title: '서버가 파일을 열 권한이 없습니다.',
    meaning: '그 안의 것은 녹화도 재생도 할 수 없습니다.',
    advice: '서버에서 파일이나 폴더의 권한을 고치세요.',
  },
  ERR_NO_FOOTAGE: {
    title: '그 시간에 그 카메라의 녹화가 없습니다.',
    advice: '다른 시간을 고르세요. 타임라인에 무엇이 있는지 보입니다.',
  },
  ERR_AUTH_TAG: {
    title: '녹화가 변조되었거나 다른 키로 봉인되었습니다.',
    advice: '온전한 사본을 쓰고 이것은 증거로 보관하세요.',
  },
  ERR_AUDIT: {
    title: '감사 로그를 쓸 수 없습니다.',
    meaning: '녹화는 계속됩니다. 기록해야 하는 일은 그동안 하지 않습니다.',
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
  ERR_USERS: {
    title: '사용자 데이터베이스를 사용할 수 없습니다.',
    meaning: '녹화는 계속됩니다. 그동안 아무도 로그인할 수 없고 사용자 변경은 저장되지 않습니다.',
    advice:
      '데이터베이스(users.db)를 잡고 있는 프로그램을 중지하거나, 디스크를 확인하거나, 백업에서 복원하세요.',
  },
};
