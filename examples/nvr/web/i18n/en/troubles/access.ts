// What was refused: to users, sessions, API keys, and in what they entered.
export default {
  ERR_PASSWORD: {
    title: 'The password is wrong.',
    advice: 'Try again; attempts are on the record.',
  },
  ERR_USER_NOT_FOUND: {
    title: 'There is no such user.',
    advice: 'Load the page again: the user was removed meanwhile.',
  },
  ERR_POLICY: {
    title: 'The password does not meet the policy.',
    advice: 'Take a longer one; the message has the limits.',
  },
  ERR_SESSION: { title: 'You are not logged in any more.', advice: 'Log in again.' },
  ERR_LOGIN_REFUSED: {
    title: 'User name or password are wrong.',
    advice: 'Try again, or ask an administrator to reset the password.',
  },
  ERR_LOGIN_THROTTLED: {
    title: 'Too many wrong attempts.',
    advice: 'Wait a little; the time is shown. Nobody can try faster meanwhile.',
  },
  ERR_PASSWORD_CHANGE_REQUIRED: {
    title: 'Your password has to be changed first.',
    advice: 'Set a new one under Account.',
  },
  ERR_FORBIDDEN: { title: 'Your role does not allow that.', advice: 'Ask an administrator.' },
  ERR_TIMEOUT: {
    title: 'There was no answer in time.',
    advice: 'Check the network, and try again.',
  },
  ERR_LIMIT: {
    title: 'More was asked for than is allowed at once.',
    advice: 'Use less of it, as the message says.',
  },
  ERR_VALIDATION: {
    title: 'The server did not take what was entered.',
    advice: 'Correct the fields that the message names.',
  },
  ERR_NOT_FOUND: {
    title: 'It is not there any more, or you may not see it.',
    advice: 'Load the page again.',
  },
  ERR_ABORTED: {
    title: 'It was ended before it was done.',
    advice: 'Start it again where it is still wanted.',
  },
  ERR_USER_EXISTS: {
    title: 'There is a user of that name already.',
    advice: 'Choose another name; capital letters make no difference.',
  },
  ERR_LAST_ADMIN: {
    title: 'This is the last administrator who can log in.',
    advice: 'Make another administrator first.',
  },
  ERR_API_KEY: {
    title: 'The API key is unknown, revoked or expired.',
    advice: 'Make a new one under System, API keys.',
  },
  ERR_API_KEY_NOT_FOUND: {
    title: 'There is no such API key.',
    advice: 'Load the page again: it was revoked meanwhile.',
  },
  ERR_LAYOUT_EXISTS: {
    title: 'There is a layout of that id already.',
    advice: 'Save it under another name.',
  },
  ERR_LAYOUT_NOT_FOUND: {
    title: 'There is no such layout of yours.',
    advice: 'Load the page again: it was removed meanwhile.',
  },
  ERR_ORIGIN: {
    title: 'The server does not take requests from this page’s address.',
    advice:
      'Open the server by its own address, or add this page’s address to allowedOrigins in its configuration.',
  },
  ERR_RATE_LIMIT: {
    title: 'Too many requests from this address.',
    advice: 'Wait a minute, and try again.',
  },
  ERR_SESSION_NOT_FOUND: {
    title: 'There is no such session.',
    advice: 'It has probably ended by itself.',
  },
  ERR_SETUP_CLOSED: {
    title: 'This server is set up already.',
    advice: 'Log in, or ask its administrator for a user.',
  },
  ERR_SETUP_TOKEN: {
    title: 'This is not the setup token.',
    advice:
      'It stands in the output of the server for an hour; restart the server to get a new one.',
  },
  ERR_STATE: {
    title: 'That is not possible at present.',
    advice: 'The message says what has to come first.',
  },
  ERR_INVALID_ARGUMENT: {
    title: 'The server did not take what was entered.',
    advice: 'Correct what the message names.',
  },
  ERR_SEALED_PICTURE: {
    title: 'A sealed picture did not open. It was not shown.',
    advice:
      'It was altered on its way; the connection is made anew. If it happens again, look at what stands between this device and the server: proxies, TLS inspection.',
  },
  ERR_SEALING_REQUIRED: {
    title: 'The server sends encrypted pictures alone.',
    advice: 'Reload the page. Other clients have to ask for sealed pictures.',
  },
  ERR_PEER_KEY: {
    title: 'The public key is none.',
    advice: 'Connect again. If it happens again, look at proxies and TLS inspection on the way.',
  },
};
