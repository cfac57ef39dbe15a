/** What a user may ask for as the API of report objects; `auto` is OpenReports where it is served, else wgpolicy, else nothing. */
export const reportApiChoices = ['auto', 'openreports', 'wgpolicy', 'none'] as const;
export type ReportApiChoice = (typeof reportApiChoices)[number];
