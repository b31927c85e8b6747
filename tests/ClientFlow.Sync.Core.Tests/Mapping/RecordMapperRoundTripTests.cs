using System.Globalization;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Core.Tests.Mapping;

/// <summary>Whatever a record holds, written the way a vendor keeps it and mapped in again, every field is what it was.</summary>
public sealed class RecordMapperRoundTripTests
{
    private static readonly string[] Zones = ["Europe/London", "Pacific/Auckland", "Pacific/Honolulu", "America/Sao_Paulo"];
    private static readonly string[] Texts = ["Website", "O'Connor & Sons", "株式会社さくら", "شركة النور", "a: b", "{{deal.name}}", "0", "true", "2026-11-01", "\"quoted\"", "line\nbreak", "🙂"];

    [Fact]
    public void Mapping_out_and_back_keeps_every_field_of_every_kind() =>
        Prop.ForAll(Gen.Elements(Enum.GetValues<RecordKind>()).ToArbitrary(), ArbMap.Default.ArbFor<int>(), (kind, seed) =>
        {
            var random = new Random(seed);
            var business = new Business("Northwind", TimeZoneInfo.FindSystemTimeZoneById(Zones[random.Next(Zones.Length)]), "GBP");
            var currency = Currencies.All.Order(StringComparer.Ordinal).ElementAt(random.Next(Currencies.All.Count));
            var source = new SourceRecord { Kind = kind, Id = "678", Currency = currency };
            var mapped = new List<FieldMapping>();
            var vendor = new Dictionary<string, string?>();
            var references = new List<SourceReference>();
            var expected = new Dictionary<string, FieldValue>();
            foreach (var field in RecordSchema.Of(kind).Where(_ => random.Next(4) > 0))
            {
                var value = Draw(field, currency, random);
                expected[field.Name] = value;
                if (value is FieldValue.Reference { Value: var one }) references.Add(new SourceReference(field.Name, one.Kind, [one.Id]));
                else if (value is FieldValue.References { Values: var many }) references.Add(new SourceReference(field.Name, many[0].Kind, [.. many.Select(m => m.Id)]));
                else
                {
                    // The business calls its fields and stages whatever it likes.
                    var words = field.Type == FieldType.Choice ? field.Choices.ToDictionary(c => $"our {c}", c => c) : null;
                    mapped.Add(new FieldMapping(field.Name, $"custom_{field.Name}", words));
                    vendor[$"custom_{field.Name}"] = Out(value, words, random);
                }
            }

            var (record, unmapped) = RecordMapper.Map(
                source with { Fields = vendor, References = references }, new RecordMapping(kind, mapped, []), "hubspot", "62515", business, DateTimeOffset.UnixEpoch);

            unmapped.ShouldBeEmpty();
            record.Fields.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
            foreach (var (name, value) in expected) record[name]!.Show().ShouldBe(value.Show(), $"{kind}.{name}, seed {seed}");
        }).ShouldHold();

    private static FieldValue Draw(FieldDefinition field, string currency, Random random) => field.Type switch
    {
        FieldType.Text => new FieldValue.Text(Texts[random.Next(Texts.Length)]),
        FieldType.Person => new FieldValue.Text($"p{random.Next(1000)}@northwind.example"),
        FieldType.Number => new FieldValue.Number(random.NextInt64(-1_000_000_000, 1_000_000_000) / 1000m),
        FieldType.Amount => new FieldValue.Amount(new Money(random.NextInt64(-1_000_000_000, 1_000_000_000) / 1000m, currency)),
        FieldType.Day => new FieldValue.Day(new DateOnly(1900, 1, 1).AddDays(random.Next(109_000))),
        FieldType.Moment => new FieldValue.Moment(new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMilliseconds(random.NextInt64(4_000_000_000_000))),
        FieldType.Flag => new FieldValue.Flag(random.Next(2) == 0),
        FieldType.Choice => new FieldValue.Text(field.Choices[random.Next(field.Choices.Count)]),
        FieldType.Reference => new FieldValue.Reference(Ref(random)),
        FieldType.References => new FieldValue.References([.. Enumerable.Range(0, random.Next(1, 4)).Select(i => Ref(random) with { Id = $"{i}" })]),
    };

    private static RecordRef Ref(Random random) => new("hubspot", "62515", RecordKind.Contact, $"{random.Next(10_000)}");

    // As vendors keep it: dates as such or as midnight UTC, moments as text or as milliseconds, words as the business named them.
    private static string Out(FieldValue value, Dictionary<string, string>? words, Random random) => value switch
    {
        FieldValue.Text { Value: var text } => words?.First(w => w.Value == text).Key ?? text,
        FieldValue.Number { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
        FieldValue.Amount { Value: var money } => money.Amount.ToString(CultureInfo.InvariantCulture),
        FieldValue.Day { Value: var day } => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + (random.Next(2) == 0 ? "" : "T00:00:00Z"),
        FieldValue.Moment { Value: var moment } => random.Next(2) == 0
            ? moment.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)
            : moment.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        FieldValue.Flag { Value: var flag } => flag ? "true" : "false",
        _ => throw new InvalidOperationException($"{value} is no text"),
    };
}
