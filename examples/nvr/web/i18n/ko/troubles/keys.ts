// 녹화를 봉인하는 키의 문제와 해야 할 일.
export default {
  ERR_LOCKED: {
    title: '키가 잠겨 있습니다.',
    meaning: '잠금을 해제할 때까지 녹화도 보기도 재생도 되지 않습니다.',
    advice: '이 서버의 페이지나 시스템의 키에서 암호문으로 잠금을 해제하세요.',
  },
  ERR_KEY_PASSPHRASE: {
    title: '암호문이 틀립니다.',
    advice: '다시 시도하세요. 바뀐 것은 없습니다. 대소문자와 공백을 구별합니다.',
  },
  ERR_KEY_STORE: {
    title: '키 저장소가 없거나 손상되었습니다.',
    meaning: '녹화되지 않고 있으며 어떤 녹화도 열 수 없습니다.',
    advice: '백업에서 복원하세요.',
  },
  ERR_KEY_ROOT: {
    title: '키 저장소의 루트 기록이 없거나 손상되었습니다.',
    meaning: '녹화되지 않고 있으며 어떤 녹화도 열 수 없습니다.',
    advice: '키 저장소를 백업에서 복원하세요.',
  },
  ERR_KEY_ROOT_NOT_FOUND: {
    title: '폴더에 키 저장소가 없습니다.',
    meaning: '녹화되지 않고 있으며 어떤 녹화도 열 수 없습니다.',
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
  ERR_ADMINISTRATOR_NOT_SET: {
    title: '키 저장소에 관리자 비밀번호가 아직 없습니다.',
    advice: '서버에서 “fluxvision”으로 설정하세요.',
  },
  ERR_PASSPHRASE_SOURCE: {
    title: '서버가 암호문을 찾지 못합니다.',
    advice: '서버 설정의 암호문 항목을 확인하세요.',
  },
};
