using ClientFlow.Sync.Chaos;

if (ChaosOptions.Read(args) is not { } options)
{
    await Console.Error.WriteLineAsync(ChaosOptions.Usage);
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
var verdict = await ChaosRun.RunAsync(options, Console.Out, stop.Token);
Console.WriteLine(verdict.Line);
return verdict.IsGood ? 0 : 1;
