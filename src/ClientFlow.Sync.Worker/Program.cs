using System.CommandLine;
using ClientFlow.Sync.Worker.Commands;
using ClientFlow.Sync.Worker.Composition;

var root = new RootCommand("ClientFlow.Sync closes the gaps between your CRM, project tool, invoicing tool and calendar.");
foreach (var command in (Command[])[RunCommand.Create(), DemoCommand.Create(), CheckCommand.Create(ConnectorTypes.All), PasswordCommand.Create(), .. DecideCommands.Create()])
    root.Add(command);

// Without a verb it is the worker, as a service manager would start it. A word that is no verb is a mistake, and gets the list of those there are.
string[] asked = args is [] || (args[0].StartsWith('-') && args[0] is not ("--help" or "-h" or "-?" or "--version")) ? ["run", .. args] : args;
var parsed = root.Parse(asked);
var code = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? CheckCommand.Refused : code;
