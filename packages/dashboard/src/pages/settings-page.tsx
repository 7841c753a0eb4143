import type { ReactNode } from 'react';
import { useTitle } from '../app/use-title.js';
import { BudgetSettings } from '../settings/budget-settings.js';
import { CalendarSettings } from '../settings/calendar-settings.js';
import { SentNotifications } from '../settings/sent-notifications.js';
import { SilenceSettings } from '../settings/silence-settings.js';
import '../design/form.css';

/** When people are called: the budget, what was said to be normal, what is planned, and what was sent. */
export function SettingsPage(): ReactNode {
  useTitle('Settings');
  return (
    <main className="page" id="main">
      <h1>When to be called</h1>
      <BudgetSettings />
      <SilenceSettings />
      <CalendarSettings />
      <SentNotifications />
    </main>
  );
}
