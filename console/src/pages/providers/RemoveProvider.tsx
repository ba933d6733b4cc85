import { useMemo } from "react";

import type { ConfigView } from "../../api/types";
import { hasProvider, removeProvider } from "../../config/edit";
import { Review } from "../../config/Review";
import { useConfig } from "../../config/useConfig";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { Loading, Problem } from "../../ui/Feedback";

interface Props {
  name: string;
  onClose: () => void;
}

/** Takes the provider out of the file, if that is where it comes from. */
export function RemoveProvider({ name, onClose }: Props) {
  const config = useConfig();
  if (config.error) return <Told title={`Remove ${name}`} onClose={onClose} error={config.error} />;
  if (!config.data) return <Loading />;
  return <Removal name={name} config={config.data} onClose={onClose} />;
}

function Removal({ name, config, onClose }: Props & { config: ConfigView }) {
  const text = useMemo(() => (hasProvider(config.text, name) ? removeProvider(config.text, name) : null), [config.text, name]);
  if (text !== null) return <Review config={config} text={text} onClose={onClose} />;
  const said = new Error(
    `${name} does not stand in the configuration file: a key in the environment brings it. Unset that, or write \`enabled: false\` below its name in the file.`,
  );
  return <Told title={`Remove ${name}`} onClose={onClose} error={said} />;
}

function Told({ title, error, onClose }: { title: string; error: unknown; onClose: () => void }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Problem error={error} />
      <DialogFoot>
        <Button onClick={onClose}>Close</Button>
      </DialogFoot>
    </Dialog>
  );
}
