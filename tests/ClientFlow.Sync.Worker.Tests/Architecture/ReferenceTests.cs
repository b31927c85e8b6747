using System.Text.RegularExpressions;
using System.Xml.Linq;
using ClientFlow.Sync.Worker.Tests.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Architecture;

/// <summary>The walls between the projects, as the project files have them.</summary>
public sealed partial class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Core"] = [],
        ["Sandbox"] = [],
        ["Engine"] = ["Core"],
        ["Connectors"] = ["Core"],
        ["Storage"] = ["Core"],
        ["Worker"] = ["Connectors", "Core", "Engine", "Sandbox", "Storage"],
    };

    [Fact]
    public void Each_project_references_what_the_house_rules_allow_and_nothing_else()
    {
        var found = Projects().ToDictionary(p => p.Name, p => References(p.File));

        found.Keys.ShouldBe(Arrows.Keys, ignoreOrder: true);
        foreach (var (project, references) in found) references.ShouldBe(Arrows[project], ignoreOrder: true, project);
    }

    [Fact]
    public void Core_runs_on_no_package_and_on_no_web() => OnlyBuildTime("Core").ShouldBeTrue();

    [Fact]
    public void Only_the_worker_is_a_web_program()
    {
        foreach (var (name, file) in Projects())
            XDocument.Load(file).Root!.Attribute("Sdk")!.Value.ShouldBe(name == "Worker" ? "Microsoft.NET.Sdk.Web" : "Microsoft.NET.Sdk", name);
    }

    [Theory]
    [InlineData("Engine", "Dapper|Sqlite|Npgsql|YamlDotNet|Google|Quartz|OpenTelemetry")]
    [InlineData("Connectors", "Dapper|Sqlite|Npgsql|YamlDotNet|Quartz|OpenTelemetry")]
    [InlineData("Storage", "Google|Polly|YamlDotNet|Quartz|OpenTelemetry")]
    [InlineData("Sandbox", ".")]
    [InlineData("Worker", "Dapper|Sqlite|Npgsql|Google|Polly")]
    public void A_package_stays_behind_its_wall(string project, string kept) =>
        Packages(project).Where(p => Regex.IsMatch(p.Name, kept)).ShouldBeEmpty();

    [Fact]
    public void No_connector_names_another_product()
    {
        var folder = Repository.PathOf("src/ClientFlow.Sync.Connectors");
        var products = Directory.GetDirectories(folder).Select(d => Path.GetFileName(d)!).Where(d => d is not ("Http" or "bin" or "obj")).ToList();

        products.Count.ShouldBeGreaterThanOrEqualTo(4);
        foreach (var product in products.Append("Http"))
        {
            var others = products.Where(p => p != product).Select(Regex.Escape).ToList();
            var named = new Regex($@"Connectors\.({string.Join('|', others)})\b|\b({string.Join('|', others)})[A-Z]\w+");
            foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, product), "*.cs", SearchOption.AllDirectories))
                named.Matches(File.ReadAllText(file)).Select(m => m.Value).ShouldBeEmpty($"{product}/{Path.GetFileName(file)} names another product");
        }
    }

    [Fact]
    public void No_engine_storage_or_core_code_names_a_product()
    {
        foreach (var file in SourceFiles.In("Core", "Engine", "Storage"))
            ProductNamespace().Matches(File.ReadAllText(file)).Select(m => m.Value).ShouldBeEmpty(file);
    }

    [Fact]
    public void Nothing_is_left_unfinished()
    {
        foreach (var file in SourceFiles.In("Core", "Engine", "Connectors", "Storage", "Worker", "Sandbox"))
            Unfinished().Matches(File.ReadAllText(file)).Select(m => m.Value).ShouldBeEmpty(file);
    }

    private static bool OnlyBuildTime(string project) =>
        Packages(project).All(p => p.BuildTime) && !File.ReadAllText(FileOf(project)).Contains("FrameworkReference", StringComparison.Ordinal);

    private static IEnumerable<(string Name, string File)> Projects() => Directory
        .EnumerateFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories)
        .Select(f => (Path.GetFileNameWithoutExtension(f)["ClientFlow.Sync.".Length..], f));

    private static string FileOf(string project) => Projects().Single(p => p.Name == project).File;

    private static IEnumerable<string> References(string file) => XDocument.Load(file).Descendants("ProjectReference")
        .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))["ClientFlow.Sync.".Length..]);

    private static IEnumerable<(string Name, bool BuildTime)> Packages(string project) => XDocument.Load(FileOf(project)).Descendants("PackageReference")
        .Select(p => (p.Attribute("Include")!.Value, p.Attribute("PrivateAssets")?.Value == "all"));

    [GeneratedRegex(@"ClientFlow\.Sync\.(Connectors|Sandbox|Worker)\b")]
    private static partial Regex ProductNamespace();

    // In code, "TODO" in quotes is a vendor's word for a kind of task.
    [GeneratedRegex(@"(?<!"")\b(TODO|FIXME)\b|NotImplementedException")]
    private static partial Regex Unfinished();
}
