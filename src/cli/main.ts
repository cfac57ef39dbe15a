#!/usr/bin/env node
// The only file that touches the process. It imports nothing of ours until the version of Node is known to do:
// older ones would stop at a syntax or package that they lack, with a stack trace instead of a reason.
const needed = [22, 19] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `seawall: needs Node.js ${needed.join('.')} or newer, and this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a newer one from https://nodejs.org, or run the container image, which brings its own.\n',
  );
  process.exitCode = 1;
} else {
  const output = { readerLeft: false, lost: false };
  // A reader that has enough closes the pipe. That is no failure of ours and hides none, and what the command is about to
  // change it still changes whole.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      output.readerLeft = true;
      if (process.exitCode !== 1) process.exitCode = 0;
      return;
    }
    if (!output.lost) process.stderr.write(`seawall: standard output cannot be written: ${error.message}\n`);
    output.lost = true;
    process.exitCode = 1;
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);
  const [{ run }, { processIo, version }] = await Promise.all([import('./program.ts'), import('./process-io.ts')]);
  const code = await run(process.argv.slice(2), version(), processIo(process));
  const quiet = output.readerLeft && code !== 1;
  process.exitCode = output.lost ? 1 : quiet ? 0 : code;
}
