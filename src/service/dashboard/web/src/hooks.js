/** Hooks that several parts use. */

import { useEffect, useRef, useState } from "preact/hooks";

/** A value, a moment after it stops changing. @template T @param {T} value */
export function useDeferred(value) {
  const [late, setLate] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), 150);
    return () => clearTimeout(timer);
  }, [value]);
  return late;
}

/** Whether a media query holds, now and later. @param {string} query */
export function useMedia(query) {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const look = () => setHolds(media.matches);
    look();
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, [query]);
  return holds;
}

/**
 * Focus for what has just taken the place of what had it; without that it would be nowhere.
 * @param {boolean} [wanted]
 */
export function useArrival(wanted = true) {
  const place = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => {
    if (wanted) place.current?.focus();
  }, []);
  return place;
}
