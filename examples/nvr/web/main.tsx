// Where the interface begins.
import './theme/tokens.css';
import './theme/base.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';
import { Session } from './app/session.js';
import { startLanguage } from './i18n/index.js';
import { startTheme } from './theme/theme.js';

startTheme();
const session = new Session();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
await Promise.all([startLanguage(), session.start()]);
createRoot(root).render(<App session={session} />);
