using ClientFlow.Sync.Core.Records;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Core.Tests.Records;

public sealed class RecordRefTests
{
    [Fact]
    public void It_is_stored_as_product_account_kind_and_id() => A.Deal("678").Ref.ToString().ShouldBe("hubspot:62515:deal:678");

    [Fact]
    public void Any_part_comes_back_as_it_was()
    {
        var part = Gen.Elements(":", "%", "%3A", "%25", "%%", "a", "deal", "é", "🙂", " ", "\n", "'", "\"", "|", "/", "0")
            .ListOf().Select(string.Concat);
        var refs = from connector in part
            from account in part
            from kind in Gen.Elements(Enum.GetValues<RecordKind>())
            from id in part
            select new RecordRef(connector, account, kind, id);
        Prop.ForAll(refs.ToArbitrary(), r => RecordRef.Parse(r.ToString()) == r).ShouldHold(2_000);
    }

    [Fact]
    public void Two_records_are_never_stored_alike()
    {
        var part = Gen.Elements(":", "%", "%3A", "%25", "3A", "a").ListOf().Select(string.Concat);
        var refs = from account in part from id in part select new RecordRef("hubspot", account, RecordKind.Deal, id);
        Prop.ForAll(refs.ToArbitrary(), refs.ToArbitrary(), (a, b) => a == b == (a.ToString() == b.ToString())).ShouldHold(2_000);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("hubspot:62515:deal")]
    [InlineData("hubspot:62515:deals:678")]
    [InlineData("hubspot:62515:Deal:678")]
    [InlineData("hubspot:62515:deal:678:9")]
    public void Another_text_is_refused(string? text)
    {
        RecordRef.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => RecordRef.Parse(text!));
    }
}
