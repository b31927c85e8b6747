using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Tests;

public abstract partial class StoreContract
{
    private static readonly string[] Ids = ["1", "2", "3", "4"];

    /// <summary>A writer may remember what it wrote; it must remember what is stored, also after work that was taken back.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_writer_sees_what_a_reader_sees_whatever_was_written_and_taken_back_before(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var fails = random.Next(4) == 0;
            string? inside = null;
            try
            {
                inside = await Write(unit =>
                {
                    for (var steps = random.Next(1, 8); steps > 0; steps--) Change(unit, random);
                    return fails ? throw new InvalidOperationException("taken back") : Seen(unit);
                });
            }
            catch (InvalidOperationException) when (fails)
            {
                // Nothing of it may be seen below.
            }

            var stored = await Read(Seen);
            if (inside is not null) inside.ShouldBe(stored, $"seed {seed}, round {round}: within the transaction");
            (await Write(Seen)).ShouldBe(stored, $"seed {seed}, round {round}: in the next one");
        }
    }

    private static void Change(IUnitOfWork unit, Random random)
    {
        string Any() => Ids[random.Next(Ids.Length)];
        var (deal, project, handoff) = (Some.Deal(Any()), Some.Project(Any()), Some.Handoff(Any()));
        switch (random.Next(7))
        {
            case 0:
                unit.SaveRecord(Some.Row(deal, ("name", Some.Text($"n{random.Next(9)}")), ("client", Some.Ref(Some.Client(Any())))));
                break;
            case 1:
                unit.SaveRecord(Some.Row(deal, ("name", Some.Text("a\0b"))) with { Gone = random.Next(2) == 0, LastWrite = Some.Now.AddSeconds(random.Next(9)) });
                break;
            case 2:
                unit.AddLink(new RecordLink(deal, project, (LinkRole)random.Next(2), null, Some.Now));
                break;
            case 3:
                unit.SaveHandoff(handoff with
                {
                    State = (HandoffState)random.Next(Enum.GetValues<HandoffState>().Length), PlannedAt = Some.Now.AddMinutes(random.Next(3)),
                    Engagement = Some.Deal(Any()), Title = $"t{random.Next(9)}",
                });
                break;
            case 4 when unit.FindHandoff(handoff.Id) is not null:
                for (var i = random.Next(1, 4); i > 0; i--)
                    unit.SaveAction(Some.Action(handoff, random.Next(3), (ActionState)random.Next(Enum.GetValues<ActionState>().Length)));
                break;
            case 5:
                unit.SetLook(deal, random.Next(2) == 0 ? null : Some.Now.AddMinutes(random.Next(9)));
                break;
            case 6 when random.Next(2) == 0:
                unit.SavePause(new Pause(PauseOf.Tool, "projects", "Ann", Some.Now));
                break;
            case 6:
                unit.RemovePause(PauseOf.Tool, "projects");
                break;
            default:
                break;
        }
    }

    private static string Seen(IReadView view) => string.Join('\n', Ids.SelectMany(id => (IEnumerable<string>)
    [
        Told(view.FindRecord(Some.Deal(id))),
        .. view.RecordsReferring(Some.Client(id), RecordKind.Deal).Select(Told),
        .. view.LinksFrom(Some.Deal(id)).Concat(view.LinksTo(Some.Project(id))).Select(l => $"{l.From} {l.Role} {l.To}"),
        Told(view.FindHandoff(Some.Handoff(id).Id)),
        .. view.HandoffsOf(Some.Deal(id)).Concat(view.HandoffsAbout(Some.Deal(id))).Select(Told),
        .. view.ActionsOf(Some.Handoff(id).Id).Select(a => $"{a.Handoff} {a.Position} {a.State}"),
    ])
    .Concat(view.DueActions("projects", Some.Now, [], 99).Select(a => $"due {a.Handoff} {a.Position}").Order(StringComparer.Ordinal))
    .Concat(view.DueLooks(Some.Now.AddHours(1), 99).Select(l => $"look {l}").Order(StringComparer.Ordinal))
    .Concat(view.Pauses().Select(p => $"paused {p.Name}")));

    private static string Told(MirrorRow? row) => row is null ? "none" :
        $"{row.Record.Ref} {row.Gone} {row.LastWrite:O} {string.Join(',', row.Record.Fields.Select(f => $"{f.Key}={f.Value.Show()}"))}";

    private static string Told(Handoff? handoff) => handoff is null ? "none" : $"{handoff.Id} {handoff.Engagement} {handoff.State} {handoff.PlannedAt:O} {handoff.Title}";
}
