// The pages, each loaded when it is first opened.
import { lazy } from 'react';

export const LoginPage = lazy(() => import('../login/page.js'));
export const SetupPage = lazy(() => import('../login/setup.js'));
export const UnlockPage = lazy(() => import('../login/unlock.js'));
export const PasswordPage = lazy(() => import('../login/password.js'));

export const LivePage = lazy(() => import('../live/page.js'));
export const PlaybackPage = lazy(() => import('../playback/page.js'));
export const EventsPage = lazy(() => import('../events/page.js'));
export const SearchPage = lazy(() => import('../search/page.js'));
export const ExportsPage = lazy(() => import('../exports/page.js'));
export const CamerasPage = lazy(() => import('../cameras/page.js'));
export const UsersPage = lazy(() => import('../users/page.js'));
export const SystemPage = lazy(() => import('../system/page.js'));
export const ServersPage = lazy(() => import('../servers/page.js'));
export const AccountPage = lazy(() => import('../account/page.js'));
