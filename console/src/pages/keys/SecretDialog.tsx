import type { NewKey } from "../../api/types";
import { Button } from "../../ui/Button";
import { Copy } from "../../ui/Copy";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import styles from "./Keys.module.css";

/** The only time that the secret is shown. */
export function SecretDialog({ made, onClose }: { made: NewKey; onClose: () => void }) {
  return (
    <Dialog title={`The secret of ${made.key.name}`} onClose={onClose}>
      <p>Copy it now: it is shown this once and kept nowhere.</p>
      <div className={styles.secret}>
        <code data-testid="secret">{made.secret}</code>
        <Copy text={made.secret} what="The secret" />
      </div>
      <DialogFoot>
        <Button look="primary" onClick={onClose}>
          I have it
        </Button>
      </DialogFoot>
    </Dialog>
  );
}
