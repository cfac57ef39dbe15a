/** Every format of the report on launch paths, in the order in which help names them. */
export const rbacFormats = ['table', 'json', 'yaml', 'markdown', 'html', 'csv'] as const;

export type RbacFormat = (typeof rbacFormats)[number];
