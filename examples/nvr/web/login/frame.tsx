// What the pages before the login look like.
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { currentLanguage, LANGUAGES, type Language, setLanguage } from '../i18n/index.js';
import { Mark } from '../shell/mark.js';
import styles from './login.module.css';

export function LoginFrame(props: { title: string; children: ReactNode }) {
  const { t } = useTranslation('login');
  const [language, choose] = useState(currentLanguage);
  const change = (next: Language) => {
    choose(next);
    void setLanguage(next);
  };
  return (
    <main className={styles.screen}>
      <div className={styles.frame}>
        <div className={styles.brand}>
          <Mark size={40} />
          <div>
            <h1>{props.title}</h1>
            <p>FluxVision · {location.host}</p>
          </div>
        </div>
        {props.children}
        <div className={styles.foot}>
          <span>{t('private')}</span>
          <span>
            {Object.entries(LANGUAGES).map(([value, label]) => (
              <button
                key={value}
                type="button"
                lang={value}
                aria-pressed={value === language}
                onClick={() => change(value as Language)}
              >
                {label}
              </button>
            ))}
          </span>
        </div>
      </div>
    </main>
  );
}
