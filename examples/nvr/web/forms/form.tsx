// A form that the page sends by itself. What is wrong is said beside its fields, not by the browser.
import type { ComponentProps } from 'react';
import styles from './forms.module.css';

interface Props extends Omit<ComponentProps<'form'>, 'onSubmit'> {
  onSubmit: () => void;
}

export function Form({ onSubmit, className = styles.form, ...rest }: Props) {
  return (
    <form
      className={className}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
      {...rest}
    />
  );
}
