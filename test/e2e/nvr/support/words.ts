// What the interface says, to find things by in both languages.
import enCameras from '../../../../examples/nvr/web/i18n/en/cameras.js';
import enCommon from '../../../../examples/nvr/web/i18n/en/common.js';
import enEvents from '../../../../examples/nvr/web/i18n/en/events.js';
import enExports from '../../../../examples/nvr/web/i18n/en/exports.js';
import enLive from '../../../../examples/nvr/web/i18n/en/live.js';
import enNodes from '../../../../examples/nvr/web/i18n/en/nodes.js';
import enPlayback from '../../../../examples/nvr/web/i18n/en/playback.js';
import enSearch from '../../../../examples/nvr/web/i18n/en/search.js';
import enServers from '../../../../examples/nvr/web/i18n/en/servers.js';
import enSystem from '../../../../examples/nvr/web/i18n/en/system.js';
import enUsers from '../../../../examples/nvr/web/i18n/en/users.js';
import koCameras from '../../../../examples/nvr/web/i18n/ko/cameras.js';
import koCommon from '../../../../examples/nvr/web/i18n/ko/common.js';
import koEvents from '../../../../examples/nvr/web/i18n/ko/events.js';
import koExports from '../../../../examples/nvr/web/i18n/ko/exports.js';
import koLive from '../../../../examples/nvr/web/i18n/ko/live.js';
import koNodes from '../../../../examples/nvr/web/i18n/ko/nodes.js';
import koPlayback from '../../../../examples/nvr/web/i18n/ko/playback.js';
import koSearch from '../../../../examples/nvr/web/i18n/ko/search.js';
import koServers from '../../../../examples/nvr/web/i18n/ko/servers.js';
import koSystem from '../../../../examples/nvr/web/i18n/ko/system.js';
import koUsers from '../../../../examples/nvr/web/i18n/ko/users.js';

const en = {
  ...{ cameras: enCameras, common: enCommon, events: enEvents, exports: enExports },
  ...{ live: enLive, nodes: enNodes, playback: enPlayback, search: enSearch, servers: enServers },
  ...{ system: enSystem, users: enUsers },
};
const ko = {
  ...{ cameras: koCameras, common: koCommon, events: koEvents, exports: koExports },
  ...{ live: koLive, nodes: koNodes, playback: koPlayback, search: koSearch, servers: koServers },
  ...{ system: koSystem, users: koUsers },
};

/** Areas of the catalog. */
export type Words = typeof en;

export function wordsOf(language: 'en' | 'ko'): Words {
  return language === 'en' ? en : (ko as Words);
}
