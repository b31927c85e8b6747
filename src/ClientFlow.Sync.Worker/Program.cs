using System.CommandLine;
using ClientFlow.Sync.Worker.Commands;
using ClientFlow.Sync.Worker.Composition;

var root = new RootCommand("ClientFlow.Sync closes the gaps between your CRM, project tool, invoicing tool and calendar.");
foreach (var command in (Command[])[RunCommand.Create(), DemoCommand.Create(), CheckCommand.Create(ConnectorTypes.All), PasswordCommand.Create(), .. DecideCommands.Create()])
    root.Add(command);

// Without a verb it is the worker, as a service manager would start it.
var verbs = root.Subcommands.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
string[] asked = args.Length == 0 || (!verbs.Contains(args[0]) && args[0] is not ("--help" or "-h" or "-?" or "--version")) ? ["run", .. args] : args;
return await root.Parse(asked).InvokeAsync();
