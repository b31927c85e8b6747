using ClientFlow.Sync.Benchmarks;

// Hidden roles: the programs that are measured run as processes of their own, so that their time and memory are theirs alone.
if (args is ["--role", var role, .. var rest]) return await Roles.RunAsync(role, rest);

var quick = args.Contains("--quick");
var asked = args.Where(static a => !a.StartsWith('-')).ToHashSet(StringComparer.OrdinalIgnoreCase);
var unknown = asked.Except(Suite.All.Select(static b => b.Name), StringComparer.OrdinalIgnoreCase).ToList();
if (unknown.Count > 0 || args.Any(static a => a.StartsWith('-') && a != "--quick"))
{
    Console.Error.WriteLine($"usage: [--quick] [{string.Join(' ', Suite.All.Select(static b => b.Name))}]");
    return 2;
}

Console.WriteLine($"# {(quick ? "a rough figure for each" : "medians of several rounds")}; {Environment.ProcessorCount} processors, .NET {Environment.Version}, {(Suite.IsRelease ? "Release" : "DEBUG BUILD: run with -c Release")}");
foreach (var (name, run) in Suite.All)
    if (asked.Count == 0 || asked.Contains(name)) await run(quick);
return 0;
