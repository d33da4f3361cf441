using EchoClr.App;

return await CommandLine.RunAsync(args, Terminal.Console);
