using System.Text;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

public sealed class YamlReaderTests
{
    [Fact]
    public void Values_know_their_places()
    {
        var root = Read("a: plain\nb: \"quo ted\"\nc: [ 1, 'two' ]\n");

        root.Entries.Select(e => (e.Key, e.KeySpan)).ShouldBe([("a", new Span(1, 1, 1)), ("b", new Span(2, 1, 1)), ("c", new Span(3, 1, 1))]);
        root.Entries[0].Value.ShouldBe(new ScalarNode("plain", false, new Span(1, 4, 5)));
        root.Entries[1].Value.ShouldBe(new ScalarNode("quo ted", true, new Span(2, 4, 9)));
        ((ScalarNode)root.Entries[1].Value).Part(4, 3).ShouldBe(new Span(2, 9, 3));
        ((SequenceNode)root.Entries[2].Value).Items[1].ShouldBe(new ScalarNode("two", true, new Span(3, 9, 5)));
    }

    [Fact]
    public void A_place_within_a_value_with_escapes_or_line_breaks_is_the_whole_value()
    {
        var root = Read("a: \"tab\\there\"\nb: |\n  one\n  two\nc: \"over\n  lines\"\n");

        ((ScalarNode)root.Entries[0].Value).Part(4, 4).ShouldBe(new Span(1, 4, 11));
        ((ScalarNode)root.Entries[1].Value).Part(4, 3).ShouldBe(new Span(2, 4, 1));
        ((ScalarNode)root.Entries[2].Value).Part(5, 5).ShouldBe(new Span(5, 4, 5));
    }

    [Fact]
    public void A_byte_order_mark_and_windows_line_ends_do_no_harm()
    {
        var loaded = Mistakes.Text("\uFEFF" + Mistakes.Good.Replace("\n", "\r\n", StringComparison.Ordinal));

        loaded.Diagnostics.ShouldBeEmpty();
        loaded.Config.ShouldNotBeNull();
    }

    [Fact]
    public void A_tab_inside_a_text_is_a_tab()
    {
        var root = Read("notes: |\n  first\n  \tsecond\n");

        ((ScalarNode)root.Entries[0].Value).Value.ShouldBe("first\n\tsecond\n");
    }

    [Fact]
    public void An_unquoted_time_of_day_is_a_text_and_not_a_number_to_base_sixty()
    {
        ((ScalarNode)Read("at: 09:00\n").Entries[0].Value).Value.ShouldBe("09:00");
    }

    [Theory]
    [InlineData("a: *x\n", Codes.YamlFeature)]
    [InlineData("a: &x 1\nb: *x\n", Codes.YamlFeature)]
    [InlineData("a: !!str 1\n", Codes.YamlFeature)]
    [InlineData("a: { <<: { b: 1 } }\n", Codes.YamlFeature)]
    [InlineData("&k a: 1\n", Codes.YamlFeature)]
    [InlineData("a: 1\na: 2\n", Codes.DuplicateKey)]
    [InlineData("a: { b: 1, b: 2 }\n", Codes.DuplicateKey)]
    [InlineData("a: 1\n---\nb: 1\n", Codes.SeveralDocuments)]
    [InlineData("a:\n\tb: 1\n", Codes.TabIndent)]
    [InlineData("a: [1,\n\t2]\n", Codes.TabIndent)]
    [InlineData("a: {{b}}\n", Codes.NeedsQuotes)]
    [InlineData("a: {{b}} c\n", Codes.NeedsQuotes)]
    [InlineData("x: { a: ${B}, c: 1 }\n", Codes.NeedsQuotes)]
    [InlineData("a: [1,2\nb: c\n", Codes.Syntax)]
    [InlineData("a: \"b\n", Codes.Syntax)]
    [InlineData("a: b: c\n", Codes.Syntax)]
    [InlineData("a: @b\n", Codes.Syntax)]
    [InlineData("}", Codes.Syntax)]
    [InlineData("- a\n- b\n", Codes.WrongShape)]
    [InlineData("just words\n", Codes.WrongShape)]
    [InlineData("? [a, b]\n: c\n", Codes.WrongShape)]
    [InlineData("", Codes.Empty)]
    [InlineData("\n\n  \n", Codes.Empty)]
    [InlineData("# nothing\n", Codes.Empty)]
    [InlineData("---\n", Codes.Empty)]
    [InlineData("{}\n", Codes.Empty)]
    [InlineData("~\n", Codes.Empty)]
    public void What_is_not_allowed_is_said_once(string text, string code)
    {
        var diagnostics = new DiagnosticBag();

        YamlReader.Read(new SourceText("x.yaml", text), diagnostics);

        diagnostics.Items.Select(d => d.Code).Distinct().ShouldBe([code]);
    }

    [Fact]
    public void A_duplicate_key_hides_no_other_mistake()
    {
        var loaded = Mistakes.Text(Mistakes.Good.Replace("    approve: true ", "    approve: true\n    approve: true ", StringComparison.Ordinal).Replace("deal.stage: won }", "deal.stage: wonn }", StringComparison.Ordinal));

        loaded.Diagnostics.Select(d => d.Code).ShouldBe([Codes.UnknownWord, Codes.DuplicateKey]);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    [InlineData('"')]
    [InlineData('-')]
    [InlineData(' ')]
    [InlineData('a')]
    public void A_megabyte_of_one_sign_is_refused_soon(char sign)
    {
        var loaded = Mistakes.Text(new string(sign, 1_000_000));

        loaded.Config.ShouldBeNull();
        loaded.Diagnostics.ShouldNotBeEmpty();
        DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source).Length.ShouldBeLessThan(20_000);
    }

    [Fact]
    public void Binary_rubbish_is_refused_politely()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var bytes = new byte[random.Next(1, 4096)];
            random.NextBytes(bytes);
            var path = $"{Mistakes.Folder}/rubbish.bin";
            File.WriteAllBytes(path, bytes);

            var loaded = ConfigLoader.Load(path, FakeConnectors.All, new FakeSecrets());

            loaded.Config.ShouldBeNull();
            loaded.Diagnostics.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public void A_file_of_five_megabytes_is_refused_with_the_limit()
    {
        var path = $"{Mistakes.Folder}/large.yaml";
        File.WriteAllText(path, Mistakes.Good + new StringBuilder().Insert(0, "# padding\n", 500_000));

        var loaded = ConfigLoader.Load(path, FakeConnectors.All, new FakeSecrets());

        loaded.Diagnostics.ShouldHaveSingleItem().Message.ShouldBe("the mapping file is larger than 1 MiB");
    }

    [Fact]
    public void A_file_saved_as_utf_16_is_told_so()
    {
        var path = $"{Mistakes.Folder}/utf16.yaml";
        File.WriteAllText(path, Mistakes.Good, Encoding.Unicode);

        var loaded = ConfigLoader.Load(path, FakeConnectors.All, new FakeSecrets());

        loaded.Diagnostics.ShouldHaveSingleItem().Help.ShouldBe("it seems to be saved as UTF-16: save it as UTF-8");
    }

    [Fact]
    public void A_folder_is_not_a_mapping_file()
    {
        var loaded = ConfigLoader.Load(Mistakes.Folder, FakeConnectors.All, new FakeSecrets());

        loaded.Diagnostics.ShouldHaveSingleItem().Code.ShouldBe(Codes.FileUnreadable);
        loaded.Diagnostics[0].Message.ShouldEndWith("is a folder, not a mapping file");
    }

    private static MappingNode Read(string text)
    {
        var diagnostics = new DiagnosticBag();
        var root = YamlReader.Read(new SourceText("x.yaml", text), diagnostics);
        diagnostics.Items.ShouldBeEmpty();
        return root.ShouldNotBeNull();
    }
}
