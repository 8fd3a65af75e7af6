// What is wrong with another server that this one knows, and what to do.
export default {
  ERR_NODE_UNREACHABLE: {
    title: 'The other server cannot be reached.',
    meaning: 'Its cameras are shown as they were last known; nothing of them plays.',
    advice: 'Check its address, its network and whether it runs. It is tried again by itself.',
  },
  ERR_NODE_TIMEOUT: {
    title: 'The other server does not answer in time.',
    meaning: 'What is shown of it may be old.',
    advice: 'Check its load and the way to it. It is tried again by itself.',
  },
  ERR_NODE_IDENTITY: {
    title: 'The other server shows another certificate than before, or is another one.',
    meaning: 'No key was sent to it. Its cameras do not play until somebody has looked.',
    advice:
      'Compare the fingerprint with the one that the server itself shows. Accept it if both are equal; otherwise somebody stands in between.',
  },
  ERR_NODE_KEY: {
    title: 'The other server refuses the key.',
    advice:
      'Make a new key there under System, Remote nodes, “Key for other servers”, and enter it here.',
  },
  ERR_NODE_KEY_IN_USE: {
    title: 'Another server uses this key already.',
    advice: 'Create a key of its own for each server.',
  },
  ERR_NODE_VERSION: {
    title: 'The other server has a version that does not fit.',
    advice: 'Update the older of the two; the message says which it is.',
  },
  ERR_NODE_ANSWER: {
    title: 'What answers there does not speak like a FluxVision server.',
    advice: 'Check the address, and whether a proxy stands in between.',
  },
  ERR_NODE_SELF: {
    title: 'That is this server itself.',
    advice: 'Enter the address of another server.',
  },
  ERR_NODE_EXISTS: {
    title: 'This server is in the list already.',
    advice: 'Edit the entry that there is; the message names it.',
  },
  ERR_NODE_NOT_FOUND: {
    title: 'There is no such server in the list.',
    advice: 'Load the page again: it was removed meanwhile.',
  },
  ERR_NODE_DISABLED: {
    title: 'The other server is switched off in the list.',
    advice: 'Switch it on under Remote nodes.',
  },
  ERR_TICKET: {
    title: 'The permit for this camera has lapsed.',
    advice: 'It is asked for anew by itself; open the camera again where it does not come back.',
  },
  ERR_TICKET_RANGE: {
    title: 'The permit is not for footage of this time.',
    advice: 'Open the playback again at the time that you want.',
  },
};
