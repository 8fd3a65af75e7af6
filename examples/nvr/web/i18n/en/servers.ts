// Server tabs, and the page of servers.
export default {
  title: 'Servers',
  tabs: 'Servers',
  intro:
    'Each server gets a tab. This browser connects to it directly, with a login of its own; servers whose tab is not shown send no pictures. At most {{count}} with this one.',
  none: 'There is this server alone.',
  add: 'Add server',
  addAction: 'Add',
  address: 'Address',
  addressHint: 'For example warehouse.example:8443. Always https.',
  name: 'Name',
  group: 'Group',
  groupHint: 'For example “Branches”. Tabs of a group stand together.',
  stateColumn: 'State',
  actions: 'Actions',
  favourite: 'Favourite',
  favouriteOf: 'Favourite: {{name}}',
  editOf: 'Edit {{name}}',
  removeOf: 'Remove {{name}}',
  removeTitle: 'Remove the tab of {{name}}?',
  removeText: 'Your session there ends. Nothing changes on that server.',
  show: 'Show',
  connect: 'Connect',
  disconnect: 'Log out',
  login: 'Log in',
  loginTitle: 'Log in to {{name}}',
  loginText:
    'With your user of that server, at {{address}}. The session lasts until this page is closed.',
  username: 'User name',
  password: 'Password',
  state: {
    DISCONNECTED: 'Not connected',
    CONNECTING: 'Connecting',
    AUTHENTICATING: 'Login needed',
    CONNECTED: 'Connected',
    RECONNECTING: 'Connection lost, trying again',
    ERROR: 'Error',
  },
  fault: {
    unreachable: 'No answer',
    blocked: 'Not allowed by this server’s configuration',
    incompatible: 'No FluxVision server, or one of another generation',
    other_server: 'Another server answers at this address',
    refused: 'User name or password were refused',
    session_ended: 'The session has ended',
  },
  why: 'What to check',
  check: {
    power: 'Is it switched on, and is the address right?',
    certificate:
      'Its certificate may be self-made, or may have been changed. A browser does not say so to a page: open it once and accept its certificate, then come back:',
    origin: 'Its configuration has to allow this page: {{origin}} under allowedOrigins.',
    otherServer:
      'Its address may belong to another machine now, or it was set up anew. Ask its administrator; where that is so remove this tab and add the server again.',
    incompatible:
      'Check address and port. Where they are right bring both servers to the same release.',
    blocked:
      'Add {{address}} to allowedOrigins in the configuration of this server, and {{origin}} in that of the other one; then have both read it again (systemctl reload fluxvision-nvr).',
  },
  error: {
    address: 'Enter an https address without a path.',
    own: 'That is the server this page came from.',
    known: 'It has a tab already.',
    full: 'There are as many tabs as there can be. Remove one first.',
  },
};
