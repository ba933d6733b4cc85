import { useCallback, useEffect, useRef, useState } from "react";

import { follow } from "../api/client";
import type { Replayed, WhatIf, WhatIfEvent } from "../api/types";

export type Trial =
  | { state: "none" }
  | { state: "running"; event: WhatIfEvent | null }
  | { state: "done"; replayed: Replayed }
  | { state: "failed"; error: unknown };

const NONE: Trial = { state: "none" };

/** A trial of a configuration that can be given up; one that is begun anew, or that nobody looks at any more, ends. */
export function useWhatIf() {
  const [trial, setTrial] = useState<Trial>(NONE);
  const stopper = useRef<AbortController>(null);
  useEffect(() => () => stopper.current?.abort(), []);

  const start = useCallback(async (wish: WhatIf) => {
    stopper.current?.abort();
    const own = new AbortController();
    stopper.current = own;
    const show = (next: Trial) => {
      if (stopper.current === own) setTrial(next);
    };
    show({ state: "running", event: null });
    try {
      let replayed: Replayed | null = null;
      for await (const event of follow<WhatIfEvent>("/config/replay", wish, own.signal)) {
        replayed = event.replayed ?? null;
        show({ state: "running", event });
      }
      show(replayed ? { state: "done", replayed } : { state: "failed", error: new Error("The gateway ended before it was done; try it again.") });
    } catch (error) {
      show(own.signal.aborted ? NONE : { state: "failed", error });
    }
  }, []);

  const cancel = useCallback(() => stopper.current?.abort(), []);
  return { trial, start, cancel };
}
