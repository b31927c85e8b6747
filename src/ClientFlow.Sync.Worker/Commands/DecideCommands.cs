using System.CommandLine;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.People;

namespace ClientFlow.Sync.Worker.Commands;

/// <summary><c>clientflow approve</c>, <c>retry</c>, <c>replay</c> and <c>skip</c>: what a person decides about a handoff or a dead letter.</summary>
public static class DecideCommands
{
    public static IEnumerable<Command> Create() =>
    [
        Create("approve", "Say yes to a handoff that waits for it; a rule's name says yes to all that wait of it"),
        Create("retry", "Have a handoff go on that needed you, once you have mended what it said"),
        CreateReplay(),
        Create("skip", "Say no to a handoff: nothing of it is sent; a rule's name says no to all that wait of it"),
    ];

    private static Command Create(string verb, string description)
    {
        var handoff = new Argument<string>("HANDOFF") { Description = "Its id, as the page and the log show it" };
        handoff.Validators.Add(static given =>
        {
            if (given.Tokens is [{ Value: var id }] && string.IsNullOrWhiteSpace(id)) given.AddError("which one? The page and the log show each one's id");
        });
        var (file, data) = (CommonOptions.Config(), CommonOptions.Data());
        var command = new Command(verb, description) { handoff, file, data };
        command.SetAction((parsed, cancellationToken) => RunAsync(() => LocalCommands.RunAsync(
            verb, parsed.GetRequiredValue(handoff), parsed.GetRequiredValue(data), () => CommonOptions.Load(parsed.GetRequiredValue(file)), cancellationToken)));
        return command;
    }

    private static Command CreateReplay()
    {
        var letter = new Argument<string?>("LETTER")
        {
            Description = $"Its id; a rule's name for its handoffs, a tool's name for its deliveries, `{DeadLetters.All}` for everything. Left out: lists them",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (file, data) = (CommonOptions.Config(), CommonOptions.Data());
        var command = new Command("replay", "List handoffs that a tool refused for good and deliveries that could not be read; or put them back, once you have mended the cause. What waits for your yes stands on the page") { letter, file, data };
        command.SetAction((parsed, cancellationToken) => RunAsync(() =>
        {
            var (directory, config) = (parsed.GetRequiredValue(data), parsed.GetRequiredValue(file));
            return parsed.GetValue(letter) is { } id
                ? LocalCommands.RunAsync("replay", id, directory, () => CommonOptions.Load(config), cancellationToken)
                : LocalCommands.ListAsync(directory, () => CommonOptions.Load(config), cancellationToken);
        }));
        return command;
    }

    private static async Task<int> RunAsync(Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (StoreException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
