using System.Text;
using ClientFlow.Sync.Core.Configuration;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

public sealed class ConfigFuzzTests
{
    private static readonly string[] Pieces =
        ["{", "}", "[", "]", ":", ": ", "\"", "'", "\n", "\t", " ", "-", "- ", "#", "&a ", "*a", "!t ", "|", ">", "{{", "}}", "${", "$", "?", "<<: ", "---\n", "\r", "\u2028", "\uFEFF", "é", "漢", "😀", "\uD800",
         "deal.", "won", "null", "~", "true", "0", "-1", "9999999999999999999", "when", "create", "file:", "%", "@", "`", "\\", ","];

    [Fact]
    public void A_file_with_anything_done_to_it_is_answered_and_never_thrown_at() =>
        Prop.ForAll(Edits().ToArbitrary(), edits =>
        {
            var text = edits.Aggregate(Mistakes.Good, Apply);

            var loaded = Mistakes.Text(text);

            (loaded.Config is null).ShouldBe(loaded.Diagnostics.Any(d => d.Severity == Severity.Error));
            DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source).ShouldNotBeNull();
            DiagnosticRenderer.Json(loaded.Diagnostics, loaded.Source).ShouldNotBeNull();
            foreach (var diagnostic in loaded.Diagnostics.Where(d => d.Span.Line > 0)) diagnostic.Span.Line.ShouldBeLessThanOrEqualTo(loaded.Source.Lines.Count);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    [Fact]
    public void A_secret_written_into_the_file_is_never_shown_whatever_else_is_wrong() =>
        Prop.ForAll(Edits().ToArbitrary(), edits =>
        {
            const string secret = "s3cr3tValue";
            var edit = edits[0] with { Remove = 0 };
            if (BreaksKey(edit.At) || edit.Piece is "," or "file:") return;
            var text = Apply(Mistakes.Good, edit).Replace("\"${HUBSPOT_TOKEN}\"", secret, StringComparison.Ordinal).Replace("\"${STRIPE_KEY}\"", $"\"{secret}\"", StringComparison.Ordinal);

            var loaded = Mistakes.Text(text);

            var rendered = DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source);
            rendered.Contains(secret, StringComparison.Ordinal).ShouldBeFalse(rendered);
            DiagnosticRenderer.Json(loaded.Diagnostics, loaded.Source).ShouldNotContain(secret);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private sealed record Edit(int At, int Remove, string Piece);

    // Where the key itself is torn apart or off, nothing tells that what follows is a secret, except its own shape; and what
    // `file:` names is a path.
    private static bool BreaksKey(int at) => new[] { "token: \"${HUBSPOT_TOKEN}", "key: \"${STRIPE_KEY}" }
        .Select(k => (Start: Mistakes.Good.IndexOf(k, StringComparison.Ordinal), Length: k.IndexOf(':', StringComparison.Ordinal)))
        .Any(k => at > k.Start && at < k.Start + k.Length);

    private static Gen<Edit[]> Edits() =>
        (from at in Gen.Choose(0, Mistakes.Good.Length)
         from remove in Gen.Frequency((3, Gen.Constant(0)), (2, Gen.Choose(0, 12)), (1, Gen.Choose(0, 400)))
         from piece in Gen.Frequency((1, Gen.Constant("")), (4, Gen.Elements(Pieces)))
         select new Edit(at, remove, piece)).NonEmptyListOf().Select(l => l.Take(6).ToArray());

    private static string Apply(string text, Edit edit)
    {
        var at = Math.Min(edit.At, text.Length);
        return new StringBuilder(text).Remove(at, Math.Min(edit.Remove, text.Length - at)).Insert(at, edit.Piece).ToString();
    }
}
