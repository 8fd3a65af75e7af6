// A page that breaks says so and can be opened again; the rest of the application goes on.
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { Translation } from 'react-i18next';
import { Button, EmptyState } from '../design/index.js';

interface State {
  error: Error | undefined;
}

export class FailureBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error(error, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Translation ns="common">
        {(t) => (
          <EmptyState icon="warning" title={t('failure.title')}>
            <p>{t('failure.text')}</p>
            <code>{error.message}</code>
            <Button icon="refresh" onClick={() => location.reload()}>
              {t('failure.reload')}
            </Button>
          </EmptyState>
        )}
      </Translation>
    );
  }
}
