using System.CommandLine;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Worker.Commands;

/// <summary><c>clientflow approve</c>, <c>retry</c> and <c>skip</c>: what a person decides about a handoff.</summary>
public static class DecideCommands
{
    public static IEnumerable<Command> Create() =>
    [
        Create("approve", "Say yes to a handoff that waits for it; a rule's name says yes to all that wait of it"),
        Create("retry", "Have a handoff go on that needed you, once you have mended what it said"),
        Create("skip", "Say no to a handoff: nothing of it is sent; a rule's name says no to all that wait of it"),
    ];

    private static Command Create(string verb, string description)
    {
        var handoff = new Argument<string>("HANDOFF") { Description = "Its id, as the page and the log show it" };
        var (file, data) = (CommonOptions.Config(), CommonOptions.Data());
        var command = new Command(verb, description) { handoff, file, data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return await LocalCommands.RunAsync(verb, parsed.GetRequiredValue(handoff), parsed.GetRequiredValue(data),
                    () => CommonOptions.Load(parsed.GetRequiredValue(file)), cancellationToken);
            }
            catch (StoreException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }
        });
        return command;
    }
}
