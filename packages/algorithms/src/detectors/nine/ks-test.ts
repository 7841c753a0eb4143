import type { Detector, Finding } from '../detector.js';
import { silent } from '../detector.js';
import { phrase } from '../phrase.js';
import { dickeyFullerTau, stationaryTau } from '../statistics/dickey-fuller.js';
import { kolmogorovSmirnov } from '../statistics/kolmogorov-smirnov.js';

const fewest = 20;
const widestGap = 0.5;

/**
 * The last ten minutes against the 50 minutes before them: two-sample Kolmogorov-Smirnov distance above 0.5, and only if those
 * 50 minutes are stationary (augmented Dickey-Fuller p < 0.05), so that a drift is no alarm. Both spans need 20 values: at a
 * resolution of a minute it never fires. With 20 values each, D > 0.5 always has p < 0.05, so p is not computed.
 */
export const ksTest: Detector = {
  name: 'ks_test',
  cost: 17,
  judge: ({ values, now, since }) => {
    const [hourAgo, tenMinutesAgo] = [since(now - 3600), since(now - 600)];
    const reference = values.slice(hourAgo, tenMinutesAgo);
    const probe = values.slice(tenMinutesAgo);
    if (reference.length < fewest || probe.length < fewest) return silent(`The last ten minutes and the 50 before need ${fewest} values each; they have ${probe.length} and ${reference.length}.`);
    const distance = kolmogorovSmirnov(reference.slice(), probe);
    if (!(distance > widestGap)) return findingOf(distance, false, '');
    const tau = dickeyFullerTau(reference);
    const words = Number.isNaN(tau) ? 'whether they were steady cannot be said' : `they were ${tau < stationaryTau ? 'steady' : 'drifting already'} (Dickey-Fuller ${phrase(tau)}, steady below ${phrase(stationaryTau)})`;
    return findingOf(distance, tau < stationaryTau, `, and ${words}`);
  },
};

function findingOf(statistic: number, vote: boolean, more: string): Finding {
  return {
    vote,
    statistic,
    threshold: widestGap,
    expected: null,
    explanation: `The last ten minutes are distributed ${phrase(statistic)} apart from the 50 before (Kolmogorov-Smirnov, above ${widestGap} differs)${more}.`,
  };
}
