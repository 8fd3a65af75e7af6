// Puts a text into the clipboard, and says whether it came there.
import { useTranslation } from 'react-i18next';
import { Button, toast } from '../design/index.js';

export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation('nodes');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast({ title: t('own.copied'), tone: 'good' });
    } catch {
      toast({ title: t('own.notCopied'), tone: 'bad' });
    }
  };
  return (
    <Button icon="save" onClick={() => void copy()} aria-label={label}>
      {t('own.copy')}
    </Button>
  );
}
