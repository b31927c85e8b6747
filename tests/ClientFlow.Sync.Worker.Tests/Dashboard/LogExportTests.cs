using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Worker.Tests.Access;

namespace ClientFlow.Sync.Worker.Tests.Dashboard;

/// <summary>The log as a file, as a spreadsheet reads it.</summary>
public sealed class LogExportTests : IAsyncLifetime
{
    private readonly House house = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => house.DisposeAsync();

    [Theory]
    [InlineData("=HYPERLINK(1)", "'=HYPERLINK(1)")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("Fox;=HYPERLINK(1)", "\"Fox;'=HYPERLINK(1)\"")]
    [InlineData("Fox; +1", "\"Fox; '+1\"")]
    [InlineData("Fox\t-1", "\"Fox\t'-1\"")]
    [InlineData("Fox;\"=1\"", "\"Fox;\"\"'=1\"\"\"")]
    [InlineData("Fox & Sons - well-known = good", "Fox & Sons - well-known = good")]
    public async Task No_name_becomes_a_formula_whatever_parts_the_cells(string name, string cell)
    {
        await house.StartAsync();
        await house.Worker.Engine.Workspace.Store.WriteAsync(WritePriority.Urgent, unit => unit.Write(new JournalEntry
        {
            At = DateTimeOffset.UnixEpoch, Level = JournalLevel.Information, Event = "handoff.made.done", Client = name, Message = "done",
        }), TestContext.Current.CancellationToken);

        (await house.Here().GetAsync("/log/export?as=csv&q=done")).Html.ShouldContain($",,{cell},,done,");
    }
}
