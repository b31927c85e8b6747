using System.Text.Json;
using ClientFlow.Sync.Core.Configuration;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Core.Tests.Configuration;

public sealed class DiagnosticRendererTests
{
    [Fact]
    public void It_looks_as_the_style_says()
    {
        var source = new SourceText("config/northwind.yaml", "version: 1\nhandoffs:\n  won-deal-to-project:\n    when: { deal.stage: wonn }\n");
        var diagnostic = new Diagnostic("CF0204", Severity.Error, "unknown stage `wonn` for a deal", new Span(4, 25, 4)) { Label = "not a value of `deal.stage`", Help = "did you mean `won`?" };

        Render(diagnostic, source).ShouldBe("""
            error[CF0204]: unknown stage `wonn` for a deal
             --> config/northwind.yaml:4:25
              |
            3 |   won-deal-to-project:
            4 |     when: { deal.stage: wonn }
              |                         ^^^^ not a value of `deal.stage`
              = help: did you mean `won`?


            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Carets_stand_under_wide_characters_and_behind_tabs()
    {
        Carets("a: 東京 x", "x").ShouldBe(("a: 東京 x", "        ^"));
        Carets("a: 東京 x", "東京").ShouldBe(("a: 東京 x", "   ^^^^"));
        Carets("\ta: x", "x").ShouldBe(("    a: x", "       ^"));
        Carets("a: 😀 x", "x").ShouldBe(("a: 😀 x", "      ^"));
        Carets("a: e\u0301 x", "x").ShouldBe(("a: e\u0301 x", "     ^"));
    }

    [Fact]
    public void A_long_line_is_cut_around_the_place()
    {
        var line = new string('a', 500) + " here " + new string('b', 500);

        var (shown, carets) = Carets(line, "here");

        shown.Length.ShouldBeLessThan(125);
        shown.ShouldStartWith("…");
        shown.ShouldEndWith("…");
        shown.Substring(carets.IndexOf('^', StringComparison.Ordinal), 4).ShouldBe("here");
    }

    [Fact]
    public void What_a_terminal_would_obey_is_not_printed()
    {
        var source = new SourceText("x", "a: \e[31mred\u202Eder\u0007");

        Render(new Diagnostic("CF0000", Severity.Error, "about \e[2J", new Span(1, 4, 3)), source).ShouldNotContain('\e');
    }

    [Theory]
    [InlineData("token: abc123", "token: ******")]
    [InlineData("  token:   abc 123  # mine", "  token:   *******  # mine")]
    [InlineData("crm: { token: abc123, x: y }", "crm: { token: ******, x: y }")]
    [InlineData("crm: { \"token\": \"abc, 123\", x: y }", "crm: { \"token\": **********, x: y }")]
    [InlineData("crm: { token: 'abc }", "crm: { token: ******")]
    [InlineData("crm: { toke'n: abc123 }", "crm: { toke'n: ****** }")]
    [InlineData("crm: { token{{: abc123, x: y }", "crm: { token{{: ******, x: y }")]
    [InlineData("crm: { key: \"\"abc123\", x: y }", "crm: { key: \"\"******\", x: y }")]
    [InlineData("crm: { key:{{ abc123 }", "crm: { key:********* }")]
    [InlineData("crm: { x: y, token: \"${NAME}\" }", "crm: { x: y, token: \"${NAME}\" }")]
    [InlineData("token:abc123", "token:******")]
    [InlineData("token: file: abc123", "token: ************")]
    [InlineData("tokne: abc123", "tokne: ******")]
    [InlineData("token: [abc, 123]", "token: *********]")]
    [InlineData("token: \"${NAME}\"", "token: \"${NAME}\"")]
    [InlineData("token: ${NAME}", "token: ${NAME}")]
    [InlineData("token: \"${NAME}abc123\"", "token: ***************")]
    [InlineData("token: file:secrets/x", "token: file:secrets/x")]
    [InlineData("credentials: /run/secrets/google.json", "credentials: /run/secrets/google.json")]
    [InlineData("workspace: sk_live_abcdef123", "workspace: *****************")]
    [InlineData("key: { field: cf_key }", "key: { field: cf_key }")]
    [InlineData("workspace: 1200", "workspace: 1200")]
    [InlineData("when: { deal.stage: wonn }", "when: { deal.stage: wonn }")]
    public void A_secrets_value_is_masked_in_the_line_that_is_shown(string line, string shown) =>
        SecretMask.InLine(new SourceText("x", line), 1).ShouldBe(shown);

    [Fact]
    public void A_secret_on_the_lines_below_its_key_is_masked_too()
    {
        var source = new SourceText("x", "tools:\n  crm:\n    token: |\n      abc\n      def\n    connector: hubspot\n");

        SecretMask.InLine(source, 4).ShouldBe("      ***");
        SecretMask.InLine(source, 5).ShouldBe("      ***");
        SecretMask.InLine(source, 6).ShouldBe("    connector: hubspot");
    }

    [Fact]
    public void It_survives_any_text_and_any_place() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), Gen.Choose(-5, 50).Four().ToArbitrary(), (text, place) =>
        {
            var source = new SourceText(text ?? "", text + "\n  " + text);
            var diagnostic = new Diagnostic("CF0000", Severity.Warning, text ?? "", new Span(place.Item1, place.Item2, place.Item3 == 50 ? int.MaxValue : place.Item3)) { Label = text, Help = text };

            DiagnosticRenderer.Render([diagnostic], source, colour: place.Item4 % 2 == 0).ShouldNotBeEmpty();
            JsonDocument.Parse(DiagnosticRenderer.Json([diagnostic], source)).RootElement.GetProperty("ok").GetBoolean().ShouldBeTrue();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    private static string Render(Diagnostic diagnostic, SourceText source) => DiagnosticRenderer.Render([diagnostic], source);

    private static (string Line, string Carets) Carets(string line, string piece)
    {
        var lines = Render(new Diagnostic("CF0000", Severity.Error, "m", new Span(1, line.IndexOf(piece, StringComparison.Ordinal) + 1, piece.Length)), new SourceText("x", line)).Split('\n');
        return (lines[3][4..], lines[4][4..]);
    }
}

public sealed class SuggestionsTests
{
    [Theory]
    [InlineData("wonn", "won")]
    [InlineData("nwo", null)]
    [InlineData("hubspt", "hubspot")]
    [InlineData("HubSpot", "hubspot")]
    [InlineData("huspbot", "hubspot")]
    [InlineData("time_zone", "timezone")]
    [InlineData("salesforce", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void The_nearest_word_is_offered_when_it_is_near(string word, string? nearest) =>
        Suggestions.Nearest(word, ["won", "lost", "hubspot", "timezone"]).ShouldBe(nearest);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "ab", 1)]
    [InlineData("abc", "xbc", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void A_swap_of_neighbours_is_one_slip(string left, string right, int distance) => Suggestions.Distance(left, right).ShouldBe(distance);

    [Fact]
    public void Distance_is_symmetric_and_zero_only_for_the_same() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<NonNull<string>>(), (left, right) =>
        {
            Suggestions.Distance(left.Get, right.Get).ShouldBe(Suggestions.Distance(right.Get, left.Get));
            (Suggestions.Distance(left.Get, right.Get) == 0).ShouldBe(left.Get == right.Get);
        }).QuickCheckThrowOnFailure();
}

public sealed class DurationsTests
{
    [Theory]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("48h", 172_800)]
    [InlineData("14d", 1_209_600)]
    [InlineData("2w", 1_209_600)]
    [InlineData("1h30m", 5_400)]
    [InlineData("0s", 0)]
    public void A_duration_is_numbers_with_units(string text, int seconds)
    {
        Durations.TryParse(text, out var duration).ShouldBeTrue();
        duration.ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("-5m")]
    [InlineData("5 m")]
    [InlineData("1.5h")]
    [InlineData("9999999999d")]
    [InlineData("999999999w")]
    [InlineData("36525d1s")]
    public void Anything_else_is_none(string text) => Durations.TryParse(text, out _).ShouldBeFalse();
}
