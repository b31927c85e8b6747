using System.Collections.Immutable;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Tests;

public abstract partial class StoreContract
{
    [Fact]
    public async Task A_record_comes_back_as_it_was_saved()
    {
        var row = Some.Row(
            Some.Deal(),
            ("name", Some.Text("Website \"relaunch\" – O'Hara & Söhne\n€")),
            ("amount", new FieldValue.Amount(new Money(12500.50m, "GBP"))),
            ("endsOn", new FieldValue.Day(new DateOnly(2027, 2, 28))),
            ("createdAt", new FieldValue.Moment(Some.Now.AddYears(-3))),
            ("won", new FieldValue.Flag(true)),
            ("score", new FieldValue.Number(-0.00000001m)),
            ("client", Some.Ref(Some.Client())),
            ("contacts", new FieldValue.References([Some.Client("a:b%"), Some.Client("2")])))
            with { Gone = true, ChangedAt = Some.Now.AddTicks(1), LastWrite = Some.Now.AddTicks(-1) };

        await Save(unit => unit.SaveRecord(row));

        var found = (await Read(view => view.FindRecord(Some.Deal()))).ShouldNotBeNull();
        found.Record.SameContent(row.Record).ShouldBeTrue();
        (found with { Record = row.Record }).ShouldBe(row);
        found.Record.Version.ShouldBe(row.Record.Version);
        found.Record.Ref.ShouldBe(row.Record.Ref);
    }

    [Fact]
    public async Task A_record_that_was_never_seen_is_not_found() =>
        (await Read(view => view.FindRecord(Some.Deal()))).ShouldBeNull();

    [Fact]
    public async Task A_record_saved_again_takes_the_place_of_its_former_state()
    {
        await Save(unit => unit.SaveRecord(Some.Row(Some.Deal(), ("stage", Some.Text("won")), ("notes", Some.Text("x")))));
        await Save(unit => unit.SaveRecord(Some.Row(Some.Deal(), ("stage", Some.Text("lost")))));

        var found = await Read(view => view.FindRecord(Some.Deal()));
        found!.Record.Text("stage").ShouldBe("lost");
        found.Record["notes"].ShouldBeNull();
    }

    [Fact]
    public async Task Records_of_a_kind_come_in_the_order_of_their_references_and_go_on_after_one()
    {
        string[] ids = ["10", "9", "1", "a:b", "1;0"];
        await Save(unit =>
        {
            foreach (var id in ids) unit.SaveRecord(Some.Row(Some.Deal(id)));
            unit.SaveRecord(Some.Row(Some.Client()));
            unit.SaveRecord(Some.Row(new RecordRef("hubspot", "625150", RecordKind.Deal, "1")));
            unit.SaveRecord(Some.Row(new RecordRef("hubspot2", "62515", RecordKind.Deal, "1")));
        });

        var seen = new List<RecordRef>();
        while (true)
        {
            var page = await Read(view => view.RecordsOfKind("hubspot", "62515", RecordKind.Deal, seen.Count == 0 ? null : seen[^1], 2));
            if (page.Count == 0) break;
            page.Count.ShouldBeLessThanOrEqualTo(2);
            seen.AddRange(page.Select(row => row.Record.Ref));
        }

        seen.ShouldBe(ids.Select(Some.Deal).OrderBy(r => r.ToString(), StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_deals_of_a_client_are_found_through_their_reference_fields()
    {
        await Save(unit =>
        {
            unit.SaveRecord(Some.Row(Some.Deal("1"), ("client", Some.Ref(Some.Client()))));
            unit.SaveRecord(Some.Row(Some.Deal("2"), ("contacts", new FieldValue.References([Some.Client("32"), Some.Client()])), ("client", Some.Ref(Some.Client()))));
            unit.SaveRecord(Some.Row(Some.Deal("3"), ("client", Some.Ref(Some.Client("32")))));
            unit.SaveRecord(Some.Row(Some.Project(), ("client", Some.Ref(Some.Client()))));
        });

        (await Refs(view => view.RecordsReferring(Some.Client(), RecordKind.Deal))).ShouldBe([Some.Deal("1"), Some.Deal("2")]);
        (await Refs(view => view.RecordsReferring(Some.Client(), RecordKind.Project))).ShouldBe([Some.Project()]);
        (await Refs(view => view.RecordsReferring(Some.Client("33"), RecordKind.Deal))).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reference_that_a_record_no_longer_holds_is_forgotten()
    {
        await Save(unit => unit.SaveRecord(Some.Row(Some.Deal(), ("client", Some.Ref(Some.Client("1"))), ("contact", Some.Ref(Some.Client("2"))))));
        await Save(unit => unit.SaveRecord(Some.Row(Some.Deal(), ("client", Some.Ref(Some.Client("3"))), ("contact", Some.Ref(Some.Client("2"))))));

        (await Refs(view => view.RecordsReferring(Some.Client("1"), RecordKind.Deal))).ShouldBeEmpty();
        (await Refs(view => view.RecordsReferring(Some.Client("2"), RecordKind.Deal))).ShouldBe([Some.Deal()]);
        (await Refs(view => view.RecordsReferring(Some.Client("3"), RecordKind.Deal))).ShouldBe([Some.Deal()]);
    }

    [Fact]
    public async Task Records_are_found_by_their_key_and_by_their_email_exactly_as_written()
    {
        await Save(unit =>
        {
            unit.SaveRecord(Some.Row(Some.Client("1"), ("key", Some.Text("cf123")), ("email", Some.Text("Ann@x.example"))));
            unit.SaveRecord(Some.Row(Some.Client("2"), ("email", Some.Text("ann@x.example"))));
            unit.SaveRecord(Some.Row(Some.Client("3"), ("email", Some.Text("ann@x.example"))));
            unit.SaveRecord(Some.Row(Some.Client("4"), ("key", Some.Text("cf9")), ("email", Some.Text("bo@x.example"))));
            unit.SaveRecord(Some.Row(Some.Client("4"), ("email", Some.Text("bo2@x.example"))));
        });

        (await With("key", "cf123")).ShouldBe([Some.Client("1")]);
        (await With("email", "ann@x.example")).ShouldBe([Some.Client("2"), Some.Client("3")]);
        (await With("email", "ANN@x.example")).ShouldBeEmpty();
        (await With("key", "cf9")).ShouldBeEmpty();
        (await With("email", "bo2@x.example")).ShouldBe([Some.Client("4")]);

        Task<List<RecordRef>> With(string field, string value) => Refs(view => view.RecordsWith("hubspot", "62515", RecordKind.Client, field, value));
    }

    [Fact]
    public async Task Only_key_and_email_can_be_looked_up() =>
        await Should.ThrowAsync<ArgumentException>(() => Read(view => view.RecordsWith("hubspot", "62515", RecordKind.Client, "name", "x")));

    [Fact]
    public async Task Records_that_a_full_list_did_not_show_are_named_but_not_gone_ones()
    {
        var began = Some.Now.AddHours(1);
        await Save(unit =>
        {
            unit.SaveRecord(Some.Row(Some.Deal("seen")));
            unit.SaveRecord(Some.Row(Some.Deal("missing-1")));
            unit.SaveRecord(Some.Row(Some.Deal("missing-2")));
            unit.SaveRecord(Some.Row(Some.Deal("gone")) with { Gone = true });
            unit.SaveRecord(Some.Row(Some.Project()));
            unit.MarkSeen(Some.Deal("seen"), began);
            unit.MarkSeen(Some.Deal("seen"), began.AddHours(-2));
            unit.MarkSeen(Some.Deal("never stored"), began);
        });

        (await Missing(10)).ShouldBe([Some.Deal("missing-1"), Some.Deal("missing-2")], ignoreOrder: true);
        (await Missing(1)).Count.ShouldBe(1);
        (await Read(view => view.CountRecords("hubspot", "62515", RecordKind.Deal))).ShouldBe(3);

        Task<IReadOnlyList<RecordRef>> Missing(int max) =>
            Read(view => view.RecordsNotSeenSince("hubspot", "62515", RecordKind.Deal, began, max));
    }

    [Fact]
    public async Task Projects_that_no_deal_has_are_told_apart_whichever_is_known_first()
    {
        var other = Some.Project() with { Account = "another" };
        await Save(unit =>
        {
            unit.AddLink(new RecordLink(Some.Deal("1"), Some.Project("linked before"), LinkRole.Project, null, Some.Now));
            foreach (var id in (string[])["loose", "linked before", "linked after", "billed", "gone"]) unit.SaveRecord(Some.Row(Some.Project(id)));
            unit.SaveRecord(Some.Row(Some.Project("gone")) with { Gone = true });
            unit.SaveRecord(Some.Row(other));
            unit.SaveRecord(Some.Row(Some.Deal()));
            unit.AddLink(new RecordLink(Some.Deal("2"), Some.Project("linked after"), LinkRole.Project, null, Some.Now));
            unit.AddLink(new RecordLink(Some.Project("billed"), Some.Client(), LinkRole.Invoice, null, Some.Now));
            unit.SaveRecord(Some.Row(Some.Project("linked after")));
        });

        (await Read(view => view.ProjectsWithoutDeal("asana", "1200"))).Select(r => r.Record.Ref.Id).ShouldBe(["billed", "loose"]);
    }

    [Fact]
    public async Task Old_news_does_not_take_back_that_a_record_was_seen()
    {
        var row = Some.Row(Some.Deal());
        await Save(unit => unit.SaveRecord(row));
        await Save(unit => unit.MarkSeen(Some.Deal(), Some.Now.AddHours(2)));
        await Save(unit => unit.SaveRecord(row));

        (await Read(view => view.RecordsNotSeenSince("hubspot", "62515", RecordKind.Deal, Some.Now.AddHours(1), 10))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Changes_come_newest_first_as_they_were_added()
    {
        var first = new ChangeRow(
            Some.Deal(), new Change(Some.Deal(), [new FieldChange("name", null, Some.Text("Website"))], First: true), Some.Now, "webhook");
        var second = new ChangeRow(
            Some.Deal(),
            new Change(
                Some.Deal(),
                [new FieldChange("amount", new FieldValue.Amount(new Money(1m, "GBP")), null), new FieldChange("stage", Some.Text("proposal"), Some.Text("won"))],
                First: false),
            Some.Now.AddTicks(-5),
            "own write");
        await Save(unit =>
        {
            unit.AddChange(first);
            unit.AddChange(second);
            unit.AddChange(first with { Ref = Some.Deal("2"), Change = first.Change with { Ref = Some.Deal("2") } });
        });

        var found = await Read(view => view.ChangesOf(Some.Deal(), 10));
        found.Select(row => (row.Ref, row.ObservedAt, row.Why, row.Change.Ref, row.Change.First)).ShouldBe(
            new[] { second, first }.Select(row => (row.Ref, row.ObservedAt, row.Why, row.Change.Ref, row.Change.First)));
        found[0].Change.Fields.ShouldBe(second.Change.Fields.AsEnumerable());
        found[1].Change.Fields.ShouldBe(first.Change.Fields.AsEnumerable());
        (await Read(view => view.ChangesOf(Some.Deal(), 1))).Single().Why.ShouldBe("own write");
    }

    [Fact]
    public async Task Links_are_found_from_both_ends_and_a_standing_one_is_left_as_it_is()
    {
        var link = new RecordLink(Some.Deal(), Some.Project(), LinkRole.Project, "h1", Some.Now);
        var other = new RecordLink(Some.Deal(), Some.Project("2"), LinkRole.Project, null, Some.Now.AddTicks(1));
        await Save(unit =>
        {
            unit.AddLink(link);
            unit.AddLink(other);
            unit.AddLink(link with { Handoff = "h2", Since = Some.Now.AddDays(1) });
        });

        (await Read(view => view.LinksFrom(Some.Deal()))).ShouldBe([link, other]);
        (await Read(view => view.LinksTo(Some.Project()))).ShouldBe([link]);
        (await Read(view => view.LinksFrom(Some.Project()))).ShouldBeEmpty();
    }

    private async Task<List<RecordRef>> Refs(Func<IReadView, IReadOnlyList<MirrorRow>> read) =>
        [.. (await Read(read)).Select(row => row.Record.Ref)];
}
