// What is known of a server, line by line.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import forms from '../forms/forms.module.css';
import styles from './nodes.module.css';

/** By the names of `facts` in the catalog. */
export type Fact = [name: string, value: ReactNode];

export function FactList({ facts }: { facts: readonly Fact[] }) {
  const { t } = useTranslation('nodes');
  return (
    <dl className={forms.facts}>
      {facts.map(([fact, value]) => (
        <div key={fact} className={styles.fact}>
          <dt>{t(`facts.${fact}` as 'facts.version')}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
