import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";

import { useMe, useSignOut } from "../api/session";
import { keepChoice, useThemeChoice, type Choice } from "../theme";
import { Button } from "../ui/Button";
import { Loading } from "../ui/Feedback";
import { Toasts } from "../ui/Toasts";
import styles from "./Frame.module.css";
import { GROUPS } from "./navigation";
import { SignIn } from "./SignIn";

/** What surrounds every page, or the sign-in page where nobody is signed in. */
export function Frame() {
  const me = useMe();
  return (
    <>
      {me ? <Signed name={me.name} version={me.version} /> : <SignIn />}
      <Toasts />
    </>
  );
}

function Signed({ name, version }: { name: string; version: string }) {
  const [openAt, setOpenAt] = useState<string>();
  const place = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    const label = GROUPS.flatMap((group) => group.places).find(({ to }) => place.startsWith(to))?.label;
    document.title = label ? `${label} · Dragoman` : "Dragoman";
  }, [place]);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(place);
  useEffect(() => {
    if (place === shown.current) return; // what is narrowed on the same page leaves the focus where it is
    shown.current = place;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [place]);
  const isOpen = openAt === place; // another page closes the menu by itself
  const setOpen = (open: boolean) => setOpenAt(open ? place : undefined);

  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        Skip to the page
      </a>
      <header className={styles.bar}>
        <Button look="quiet" aria-label="Menu" aria-expanded={isOpen} aria-controls="navigation" onClick={() => setOpen(!isOpen)}>
          <span aria-hidden="true">☰</span>
        </Button>
        <Brand />
      </header>
      <div className={styles.side} data-open={isOpen || undefined} id="navigation">
        <div className={styles.brandRow}>
          <Brand />
        </div>
        <nav aria-label="Pages" className={styles.nav}>
          {GROUPS.map((group) => (
            <div key={group.label} className={styles.group}>
              <div className={styles.groupLabel} aria-hidden="true">
                {group.label}
              </div>
              <ul>
                {group.places.map(({ to, label, sign }) => (
                  <li key={to}>
                    <Link to={to} className={styles.link} activeProps={{ "aria-current": "page" }}>
                      {sign}
                      {label}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <Foot name={name} version={version} />
      </div>
      {isOpen ? <div className={styles.veil} onClick={() => setOpen(false)} aria-hidden="true" /> : null}
      <main id="main" ref={main} className={styles.main} tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}

function Brand() {
  return (
    <span className={styles.brand}>
      <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
        <rect width="32" height="32" rx="7" className={styles.brandGround} />
        <path d="M8 9h6a7 7 0 0 1 0 14H8z" className={styles.brandSign} />
        <path d="M18.5 12.5 24 16l-5.5 3.5" className={styles.brandSign} />
      </svg>
      Dragoman
    </span>
  );
}

const CHOICES: readonly { value: Choice; label: string; sign: string }[] = [
  { value: "system", label: "Auto colours", sign: "Auto" },
  { value: "light", label: "Light colours", sign: "Light" },
  { value: "dark", label: "Dark colours", sign: "Dark" },
];

function Foot({ name, version }: { name: string; version: string }) {
  const choice = useThemeChoice();
  const signOut = useSignOut();
  return (
    <div className={styles.foot}>
      <div className={styles.themes} role="group" aria-label="Colours">
        {CHOICES.map(({ value, label, sign }) => (
          <button
            key={value}
            type="button"
            className={styles.theme}
            aria-label={label}
            aria-pressed={choice === value}
            onClick={() => keepChoice(value)}
          >
            {sign}
          </button>
        ))}
      </div>
      <div className={styles.who}>
        <span title="You are signed in by this name.">{name || "console"}</span>
        <Button small look="quiet" onClick={() => void signOut()}>
          Sign out
        </Button>
      </div>
      <div className={styles.version}>{version ? `Version ${version}` : ""}</div>
    </div>
  );
}
