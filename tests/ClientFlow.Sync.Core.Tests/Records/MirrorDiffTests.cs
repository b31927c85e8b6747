using ClientFlow.Sync.Core.Records;
using FsCheck;
using FsCheck.Fluent;
using Record = ClientFlow.Sync.Core.Records.Record;

namespace ClientFlow.Sync.Core.Tests.Records;

public sealed class MirrorDiffTests
{
    private static readonly DateTimeOffset Noon = A.Now;

    [Fact]
    public void What_is_seen_first_is_taken() => MirrorDiff.Judge(null, Seen("proposal", 5, 0), null, direct: false).ShouldBe(Arrival.Take);

    [Theory]
    [InlineData(4, 10, false, Arrival.Old)] // an older version, read later: the list lagged
    [InlineData(4, 10, true, Arrival.Old)]
    [InlineData(6, -10, false, Arrival.Take)] // a newer version, whenever it was read
    [InlineData(5, 10, false, Arrival.ReadAgain)]
    [InlineData(5, 10, true, Arrival.Take)]
    [InlineData(5, -10, false, Arrival.Old)]
    [InlineData(5, -10, true, Arrival.Old)]
    public void With_a_version_of_the_tools_own_other_content_is(long order, int minutes, bool direct, Arrival expected) =>
        MirrorDiff.Judge(Seen("proposal", 5, 0), Seen("won", order, minutes), null, direct).ShouldBe(expected);

    [Theory]
    [InlineData(-10, Arrival.Old)]
    [InlineData(0, Arrival.Take)]
    [InlineData(10, Arrival.Take)]
    public void Without_one_the_moment_that_the_read_began_decides(int minutes, Arrival expected)
    {
        MirrorDiff.Judge(Seen("proposal", null, 0), Seen("won", null, minutes), null, direct: false).ShouldBe(expected);
        MirrorDiff.Judge(Seen("proposal", null, 0), Seen("won", null, minutes), null, direct: true).ShouldBe(expected);
    }

    [Theory]
    [InlineData(5L, 10, Arrival.Known)]
    [InlineData(5L, -10, Arrival.Known)]
    [InlineData(4L, 10, Arrival.Old)]
    [InlineData(6L, 10, Arrival.Take)]
    public void The_same_content_under_the_same_version_is_known(long order, int minutes, Arrival expected) =>
        MirrorDiff.Judge(Seen("won", 5, 0), Seen("won", order, minutes), null, direct: false).ShouldBe(expected);

    [Theory]
    [InlineData(-1, Arrival.Old)]
    [InlineData(0, Arrival.Take)]
    [InlineData(1, Arrival.Take)]
    public void A_read_begun_before_our_last_write_is_discarded(int minutes, Arrival expected)
    {
        MirrorDiff.Judge(Seen("proposal", 5, -60), Seen("won", 9, minutes), Noon, direct: true).ShouldBe(expected);
        MirrorDiff.Judge(Seen("proposal", null, -60), Seen("won", null, minutes), Noon, direct: true).ShouldBe(expected);
        MirrorDiff.Judge(null, Seen("won", null, minutes), Noon, direct: true).ShouldBe(expected);
    }

    [Fact]
    public void A_state_that_was_confirmed_by_a_later_read_is_not_undone_by_one_that_began_in_between()
    {
        var known = Deliver([Seen("won", null, 0), Seen("won", null, 20), Seen("proposal", null, 10)], direct: false);

        known.Text("stage").ShouldBe("won");
    }

    [Fact]
    public void Any_order_and_repetition_of_observations_converges_to_the_newest()
    {
        Prop.ForAll(Histories().ToArbitrary(), h =>
        {
            var known = Deliver(h.Arrivals, h.Direct);
            return known.SameContent(h.Newest) && known.Version.Order == h.Newest.Version.Order;
        }).ShouldHold(2_000);
    }

    [Fact]
    public void The_difference_names_what_was_set_changed_and_cleared()
    {
        Record before = A.Deal().Stage("proposal").EndsOn("2027-01-31");
        Record after = A.Deal().Won().Without("endsOn").With("closedOn", new FieldValue.Day(A.Day("2026-11-02")));

        var change = MirrorDiff.Between(before, after)!;

        change.First.ShouldBeFalse();
        change.Fields.Select(f => $"{f.Field}: {f.Before?.Show()} → {f.After?.Show()}").ShouldBe(
            ["closedOn:  → 2026-11-02", "endsOn: 2027-01-31 → ", "stage: proposal → won"]);
    }

    [Fact]
    public void Equal_states_have_no_difference_however_they_were_read() =>
        MirrorDiff.Between(A.Deal().Version(1, Noon), A.Deal().Version(2, Noon.AddDays(1))).ShouldBeNull();

    [Fact]
    public void The_first_state_is_a_difference_even_when_it_is_empty()
    {
        Record empty = new RecordBuilder("hubspot", "62515", RecordKind.Deal, "1");

        var change = MirrorDiff.Between(null, empty)!;

        change.First.ShouldBeTrue();
        change.Fields.ShouldBeEmpty();
    }

    // One truth that changes at each version; reads begin at various moments and bring what was true then.
    private static Gen<(List<Record> Arrivals, Record Newest, bool Direct)> Histories() =>
        from ordered in Gen.Elements(true, false)
        from direct in Gen.Elements(true, false)
        from stages in Gen.Elements("intake", "proposal", "won", "lost").NonEmptyListOf()
        let reads = stages.Select((stage, i) => Seen(stage, ordered ? i : null, i)).ToList()
        from again in Gen.Elements<Record>(reads).ListOf()
        from arrivals in Gen.Shuffle(reads.Concat(again).ToArray())
        select (arrivals.ToList(), reads[^1], direct);

    private static Record Deliver(IEnumerable<Record> arrivals, bool direct)
    {
        Record? known = null;
        foreach (var seen in arrivals)
            if (MirrorDiff.Judge(known, seen, null, direct) == Arrival.Take) known = seen;
        return known!;
    }

    private static Record Seen(string stage, long? order, int minutes) => A.Deal().Stage(stage).Version(order, Noon.AddMinutes(minutes));
}
