using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Core.Tests.Configuration;

public sealed class SectionReaderTests
{
    private readonly DiagnosticBag diagnostics = new();

    [Fact]
    public void Texts_urls_durations_and_flags_are_read()
    {
        var section = Section(("team", "1201", false), ("url", "https://x.example/a", false), ("poll", "30s", false), ("on", "true", false), ("off", "false", false));

        section.RequiredText("team").ShouldBe("1201");
        section.OptionalText("absent").ShouldBeNull();
        section.OptionalUrl("url").ShouldBe(new Uri("https://x.example/a"));
        section.OptionalDuration("poll").ShouldBe(TimeSpan.FromSeconds(30));
        section.OptionalFlag("on").ShouldBe(true);
        section.OptionalFlag("off").ShouldBe(false);
        section.OptionalFlag("absent").ShouldBeNull();
        section.Finish();
        diagnostics.Items.ShouldBeEmpty();
    }

    [Fact]
    public void A_secret_comes_from_a_variable_or_a_file()
    {
        var section = Section(("token", "${TOKEN}", true), ("secret", "file:secret.txt", false), ("file", "secret.txt", false));

        section.RequiredSecret("token").ShouldBe(new Secret("from-environment"));
        section.OptionalSecret("secret").ShouldBe(new Secret("from-file"));
        section.OptionalSecret("absent").ShouldBeNull();
        section.RequiredFile("file").ShouldBe(new Secret("from-file"));
        diagnostics.Items.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("literal-value", Codes.LiteralSecret)]
    [InlineData("${ABSENT}", Codes.VariableUnset)]
    [InlineData("${TOKEN}x", Codes.BadVariable)]
    [InlineData("${}", Codes.BadVariable)]
    [InlineData("${1}", Codes.BadVariable)]
    [InlineData("${TOKEN", Codes.BadVariable)]
    [InlineData("file:absent.txt", Codes.SecretFile)]
    [InlineData("file:", Codes.SecretFile)]
    [InlineData("file:empty.txt", Codes.SecretFile)]
    public void A_secret_that_is_none_is_refused_without_its_value(string value, string code)
    {
        Section(("token", value, true)).RequiredSecret("token").ShouldBeNull();

        var diagnostic = diagnostics.Items.ShouldHaveSingleItem();
        diagnostic.Code.ShouldBe(code);
        $"{diagnostic.Message} {diagnostic.Label} {diagnostic.Help}".ShouldNotContain("literal-value");
    }

    [Fact]
    public void A_plain_setting_may_hold_variables_anywhere()
    {
        var section = Section(("a", "x-${TOKEN}-${TOKEN}", true), ("b", "$${TOKEN}", true), ("c", "cost $5", true));

        section.RequiredText("a").ShouldBe("x-from-environment-from-environment");
        section.RequiredText("b").ShouldBe("${TOKEN}");
        section.RequiredText("c").ShouldBe("cost $5");
    }

    [Fact]
    public void A_misspelled_required_key_is_one_mistake()
    {
        var section = Section(("tokn", "${TOKEN}", true));

        section.RequiredSecret("token").ShouldBeNull();
        section.Finish();

        diagnostics.Items.ShouldHaveSingleItem().Help.ShouldBe("did you mean `token`?");
    }

    [Fact]
    public void Finishing_twice_says_nothing_twice()
    {
        var section = Section(("bogus", "1", false));

        section.Finish();
        section.OptionalText("team");
        section.Finish();

        diagnostics.Items.ShouldHaveSingleItem().Code.ShouldBe(Codes.UnknownKey);
    }

    [Fact]
    public void A_quoted_true_is_a_text_and_no_flag()
    {
        Section(("on", "true", true)).OptionalFlag("on").ShouldBeNull();

        diagnostics.Items.ShouldHaveSingleItem().Code.ShouldBe(Codes.NotAFlag);
    }

    [Theory]
    [InlineData("ftp://x.example/")]
    [InlineData("x.example")]
    [InlineData("/path")]
    [InlineData("https://user:password@x.example/")]
    public void An_address_is_http_and_absolute_and_holds_no_password(string url)
    {
        Section(("url", url, false)).OptionalUrl("url").ShouldBeNull();

        diagnostics.Items.ShouldHaveSingleItem().Code.ShouldBe(Codes.NotAUrl);
    }

    private SectionReader Section(params (string Key, string Value, bool Quoted)[] entries) =>
        new(new MappingNode([.. entries.Select((e, i) => new ConfigEntry(e.Key, new Span(i + 1, 1, e.Key.Length), new ScalarNode(e.Value, e.Quoted, new Span(i + 1, 20, e.Value.Length))))], new Span(1, 1, 1)),
            diagnostics, new Given());

    private sealed class Given : ISecretSource
    {
        public string? FromEnvironment(string name) => name == "TOKEN" ? "from-environment" : null;

        public string? FromFile(string path) => path switch { "secret.txt" => "from-file\n", "empty.txt" => "\n", _ => null };
    }
}
