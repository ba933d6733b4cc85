import { Fragment, useMemo, useState } from "react";

import { buildUrl } from "../../api/client";
import type { ConfigView, Setting } from "../../api/types";
import { FileEditor } from "../../config/FileEditor";
import { showValue } from "../../config/values";
import { useConfig } from "../../config/useConfig";
import { useAddress, useAddressText } from "../../frame/address";
import { PageFrame } from "../../frame/Page";
import { Badge } from "../../ui/Badge";
import { Empty, Loaded } from "../../ui/Feedback";
import { TextField } from "../../ui/Field";
import { Table } from "../../ui/Table";
import { Tabs } from "../../ui/Tabs";
import ui from "../../ui/ui.module.css";
import styles from "./Settings.module.css";

export function Page() {
  const config = useConfig();
  const [words, setWords] = useAddress();
  return (
    <PageFrame
      title="Settings"
      says="What the gateway goes by, and where each setting comes from."
      actions={
        <a className={ui.button} href={buildUrl("/config/export")} download="dragoman.yaml">
          Export YAML
        </a>
      }
    >
      <Loaded query={config}>
        {(view) => (
          <Tabs
            label="Settings"
            value={words.tab ?? "force"}
            onChange={(tab) => setWords({ tab: tab === "force" ? "" : tab })}
            tabs={[
              { value: "force", label: "In force", content: <InForce config={view} /> },
              { value: "file", label: "Edit the file", content: <FileEditor config={view} /> },
            ]}
          />
        )}
      </Loaded>
    </PageFrame>
  );
}

function InForce({ config }: { config: ConfigView }) {
  const [text, setText] = useAddressText("text");
  const [isShort, setShort] = useState(true);
  const shown = useMemo(
    () => config.settings.filter((setting) => (!isShort || setting.origin !== "default") && setting.path.includes(text.trim())),
    [config.settings, isShort, text],
  );
  return (
    <div className={ui.stack}>
      <div className={ui.row}>
        <TextField bare label="Filter settings" type="search" className={styles.search} placeholder="Filter by name" value={text} onChange={(event) => setText(event.target.value)} />
        <label className={ui.check}>
          <input type="checkbox" checked={!isShort} onChange={(event) => setShort(!event.target.checked)} />
          Show defaults too
        </label>
      </div>
      {shown.length ? (
        <Table
          label="Settings in force"
          rows={shown}
          rowKey={(setting) => setting.path}
          columns={[
            { key: "path", title: "Setting", cell: (setting) => <Path path={setting.path} /> },
            { key: "value", title: "Value", cell: (setting) => <span className={styles.value}>{showValue(setting.value)}</span> },
            { key: "origin", title: "From", cell: (setting) => <Origin setting={setting} /> },
          ]}
        />
      ) : (
        <Empty title={text ? "No setting of that name" : "Everything is as by default"}>
          <p>{isShort ? "Show the defaults too, to see all settings." : "Take the filter away."}</p>
        </Empty>
      )}
    </div>
  );
}

function Origin({ setting: { origin } }: { setting: Setting }) {
  return <Badge tone={origin === "default" ? "plain" : "accent"}>{origin}</Badge>;
}

/** A path breaks behind its dots, where it has to. */
function Path({ path }: { path: string }) {
  return (
    <code className={styles.path}>
      {path.split(/(?<=\.)/).map((step, index) => (
        <Fragment key={index}>
          {step}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
}
