using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;
using FsCheck;
using FsCheck.Fluent;
using Record = ClientFlow.Sync.Core.Records.Record;

namespace ClientFlow.Sync.Core.Tests.Mapping;

public sealed class RecordMapperTests
{
    private static readonly DateTimeOffset ReadBegan = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Business Auckland = new("Northwind", TimeZoneInfo.FindSystemTimeZoneById("Pacific/Auckland"), "NZD");

    [Theory]
    [InlineData("endsOn", "2026-11-01", "2026-11-01")]
    [InlineData("endsOn", " 2026-11-01 ", "2026-11-01")]
    [InlineData("endsOn", "2026-11-01T00:00:00Z", "2026-11-01")] // midnight UTC is the date itself [P47]
    [InlineData("endsOn", "2026-11-01T00:00:00.000+00:00", "2026-11-01")]
    [InlineData("endsOn", "1793491200000", "2026-11-01")]
    [InlineData("endsOn", "2026-11-01T13:00:00Z", "2026-11-02")] // an instant: the date on the wall in Auckland
    [InlineData("endsOn", "2026-11-01T10:59:59Z", "2026-11-01")]
    [InlineData("createdAt", "2026-11-01T13:00:00Z", "2026-11-01T13:00:00Z")]
    [InlineData("createdAt", "2026-11-01T13:00:00.123+13:00", "2026-11-01T00:00:00Z")]
    [InlineData("createdAt", "1793491200000", "2026-11-01T00:00:00Z")]
    [InlineData("createdAt", "2026-11-01", "2026-10-31T11:00:00Z")]
    [InlineData("amount", "1250.00", "GBP 1,250.00")]
    [InlineData("amount", "0", "GBP 0.00")]
    [InlineData("amount", "-10.5", "GBP -10.50")]
    [InlineData("amount", "1.005", "GBP 1.005")]
    [InlineData("owner", " Jane.Doe@Northwind.Example ", "jane.doe@northwind.example")]
    [InlineData("name", "  Website  ", "Website")]
    [InlineData("stage", "closedwon", "won")]
    [InlineData("stage", "ClosedWon", "won")]
    [InlineData("stage", "won", "won")]
    [InlineData("stage", "Lost", "lost")]
    public void A_value_is_converted_by_the_type_of_its_field(string field, string value, string shown)
    {
        var (record, unmapped) = Map(Deal((field, value)) with { Currency = "gbp" });

        unmapped.ShouldBeEmpty();
        record[field].ShouldNotBeNull().Show().ShouldBe(shown);
    }

    [Theory]
    [InlineData("endsOn", "next year")]
    [InlineData("endsOn", "01/11/2026")]
    [InlineData("endsOn", "20261101")] // neither a date with dashes nor milliseconds
    [InlineData("endsOn", "1793491200")] // seconds would be read as January 1970
    [InlineData("endsOn", "2026-02-30")]
    [InlineData("createdAt", "yesterday")]
    [InlineData("amount", "1,250.00")]
    [InlineData("amount", "£10")]
    [InlineData("amount", "99999999999999999999999999999999")]
    [InlineData("stage", "contractsent")]
    public void A_value_that_means_nothing_is_reported_and_the_field_stays_absent(string field, string value)
    {
        var (record, unmapped) = Map(Deal((field, value)));

        unmapped.ShouldBe([new UnmappedValue(field, value)]);
        record[field].ShouldBeNull();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    public void Empty_is_absent_and_not_zero(string? value)
    {
        var (record, unmapped) = Map(Deal(("amount", value), ("stage", value), ("endsOn", value), ("name", value)));

        unmapped.ShouldBeEmpty();
        record.Fields.ShouldBeEmpty();
    }

    [Fact]
    public void Money_that_names_no_currency_is_the_businesss()
    {
        Map(Deal(("amount", "5"))).Record.Amount("amount").ShouldBe(new Money(5, "NZD"));
        Map(Deal(("amount", "5")) with { Currency = " " }).Record.Amount("amount").ShouldBe(new Money(5, "NZD"));
        Map(Deal(("amount", "5")) with { Currency = "doubloons" }).Unmapped.ShouldBe([new UnmappedValue("amount", "5")]);
    }

    [Fact]
    public void The_mappings_word_goes_before_the_vendors_meaning_and_that_before_the_value_itself()
    {
        var source = Deal(("stage", "12345")) with { Meaning = new Dictionary<string, string> { ["stage"] = "proposal" } };

        Map(source).Record.Text("stage").ShouldBe("proposal");
        Map(Deal(("stage", "closedwon")) with { Meaning = source.Meaning }).Record.Text("stage").ShouldBe("won");
        Map(Deal(("stage", "lost")) with { Meaning = source.Meaning }).Record.Text("stage").ShouldBe("proposal");
        Map(Deal() with { Meaning = source.Meaning }).Record.Text("stage").ShouldBe("proposal");
    }

    [Fact]
    public void A_meaning_that_is_no_canonical_word_is_unmapped()
    {
        var (record, unmapped) = Map(Deal(("stage", "12345")) with { Meaning = new Dictionary<string, string> { ["stage"] = "nearly" } });

        record.Text("stage").ShouldBeNull();
        unmapped.ShouldBe([new UnmappedValue("stage", "12345")]);
    }

    [Fact]
    public void References_come_from_the_tool()
    {
        var (record, _) = Map(Deal() with
        {
            References =
            [
                new SourceReference("client", RecordKind.Client, ["7", "8"]),
                new SourceReference("contacts", RecordKind.Contact, ["1", "2", "1", " "]),
                new SourceReference("nonsense", RecordKind.Contact, ["1"]),
            ],
        });

        record.Refs("client").ShouldBe([new RecordRef("hubspot", "62515", RecordKind.Client, "7")]);
        record.Refs("contacts").Select(r => r.Id).ShouldBe(["1", "2"]);
        record.Fields.Count.ShouldBe(2);
    }

    [Fact]
    public void A_flag_is_true_or_false()
    {
        RecordMapping mapping = new(RecordKind.Project, [new FieldMapping("archived", "archived")], []);
        SourceRecord source = new() { Kind = RecordKind.Project, Id = "1", Fields = new Dictionary<string, string?> { ["archived"] = "True" } };

        RecordMapper.Map(source, mapping, "asana", "1", Auckland, ReadBegan).Record.Flag("archived").ShouldBeTrue();
        RecordMapper.Map(source with { Fields = new Dictionary<string, string?> { ["archived"] = "perhaps" } }, mapping, "asana", "1", Auckland, ReadBegan)
            .Unmapped.ShouldBe([new UnmappedValue("archived", "perhaps")]);
    }

    [Fact]
    public void A_record_knows_who_it_is_and_how_new()
    {
        var (record, _) = Map(Deal() with { Order = 42 });

        record.Ref.ToString().ShouldBe("hubspot:62515:deal:678");
        record.Version.ShouldBe(new RecordVersion(42, ReadBegan));
    }

    [Fact]
    public void No_value_whatever_is_thrown_at_and_none_is_lost_in_silence() =>
        Prop.ForAll(Gen.Elements("name", "stage", "amount", "owner", "endsOn", "createdAt").ToArbitrary(), Texts().ToArbitrary(), (field, value) =>
        {
            var (record, unmapped) = Map(Deal((field, value)));

            var answers = (record[field] is null ? 0 : 1) + unmapped.Count;
            answers.ShouldBe(string.IsNullOrWhiteSpace(value) ? 0 : 1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_day_survives_whatever_the_zone() =>
        Prop.ForAll(Gen.Choose(new DateOnly(1900, 1, 1).DayNumber, new DateOnly(2199, 12, 31).DayNumber).ToArbitrary(), Gen.Elements("Pacific/Auckland", "Pacific/Honolulu", "Europe/London", "Asia/Kolkata", "America/Sao_Paulo").ToArbitrary(), (number, zone) =>
        {
            var day = DateOnly.FromDayNumber(number);
            var business = Auckland with { Zone = TimeZoneInfo.FindSystemTimeZoneById(zone) };

            Map(Deal(("endsOn", $"{day:yyyy-MM-dd}")), business).Record.Day("endsOn").ShouldBe(day);
            Map(Deal(("endsOn", $"{day:yyyy-MM-dd}T00:00:00Z")), business).Record.Day("endsOn").ShouldBe(day);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("9999-12-31")]
    [InlineData("0001-01-10")]
    public void A_date_that_stands_for_no_date_is_shown_as_unknown_and_never_reckoned_with(string never)
    {
        var mapped = Map(Deal(("endsOn", never)));

        mapped.Record.Day("endsOn").ShouldBeNull();
        mapped.Unmapped.ShouldHaveSingleItem().Value.ShouldBe(never);
    }

    [Fact]
    public void Mapping_the_same_object_twice_gives_the_same_content() =>
        Prop.ForAll(Texts().ToArbitrary(), Texts().ToArbitrary(), (name, amount) =>
            Map(Deal(("name", name), ("amount", amount))).Record.SameContent(Map(Deal(("amount", amount), ("name", name))).Record).ShouldBeTrue()).QuickCheckThrowOnFailure();

    private static Gen<string> Texts() => Gen.OneOf(
        ArbMap.Default.GeneratorFor<string?>().Select(s => s ?? ""),
        ArbMap.Default.GeneratorFor<decimal>().Select(d => d.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ArbMap.Default.GeneratorFor<DateTimeOffset>().Select(d => d.ToString("O")),
        ArbMap.Default.GeneratorFor<long>().Select(l => l.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        Gen.Elements("0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "99999999999999", "-99999999999999", "NaN", "∞", "1e5", "1e400", "won", "true"));

    private static (Record Record, IReadOnlyList<UnmappedValue> Unmapped) Map(SourceRecord source, Business? business = null) =>
        RecordMapper.Map(source, Mapping(), "hubspot", "62515", business ?? Auckland, ReadBegan);

    private static RecordMapping Mapping() => new(RecordKind.Deal,
        [
            new FieldMapping("name", "v_name"), new FieldMapping("amount", "v_amount"), new FieldMapping("owner", "v_owner"), new FieldMapping("endsOn", "v_endsOn"),
            new FieldMapping("createdAt", "v_createdAt"),
            new FieldMapping("stage", "v_stage", new Dictionary<string, string> { ["closedwon"] = "won", ["closedlost"] = "lost" }),
        ],
        []);

    private static SourceRecord Deal(params (string Field, string? Value)[] fields) => new()
    {
        Kind = RecordKind.Deal,
        Id = "678",
        Fields = fields.ToDictionary(f => "v_" + f.Field, f => f.Value),
    };
}
