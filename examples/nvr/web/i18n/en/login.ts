// Login, first start, change of the password.
export default {
  title: 'Log in',
  username: 'User name',
  password: 'Password',
  login: 'Log in',
  wait: 'Wait {{seconds}} s',
  private: 'Access is logged.',
  newPassword: 'New password',
  again: 'New password, again',
  differs: 'The two passwords differ. Type the same one twice.',
  strength: {
    hint: 'At least {{count}} characters. Several words are better than odd characters.',
    0: 'Too short: at least {{count}} characters.',
    1: 'Weak: easy to guess. Add words.',
    2: 'Fair: make it longer if you can.',
    3: 'Good.',
    4: 'Strong.',
  },
  ended: {
    expired: {
      title: 'Your session has ended',
      text: 'Sessions last 24 hours. Log in again; you come back to the same page.',
    },
    kicked: {
      title: 'An administrator has ended your session',
      text: 'Ask your administrator before you log in again.',
    },
    password_changed: {
      title: 'The password was changed',
      text: 'Log in with the new one.',
    },
    permissions_changed: {
      title: 'Your permissions were changed',
      text: 'Log in again to work with the new ones.',
    },
    user_disabled: {
      title: 'Your account was disabled',
      text: 'Only an administrator can enable it again.',
    },
    replaced: {
      title: 'Your account is logged in elsewhere',
      text: 'It had as many sessions as it may have; a newer one took the place of this.',
    },
    unreachable: {
      title: 'The server does not answer',
      text: 'Recording may well go on. Check the network, then load this page again.',
    },
  },
  setup: {
    title: 'First start',
    text: 'Make the first administrator. There is no default password.',
    token: 'Setup token',
    tokenHint: 'The server prints it where it was started; it works once.',
    create: 'Make administrator',
  },
  change: {
    title: 'Change your password',
    text: 'An administrator set the password of {{name}}. Choose one that only you know.',
    current: 'Present password',
    save: 'Change password',
    logout: 'Log out',
  },
};
