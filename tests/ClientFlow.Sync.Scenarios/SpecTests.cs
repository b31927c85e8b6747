using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Scenarios;

public sealed class SpecTests
{
    [Fact]
    public void Every_scenario_holds_its_requests_against_the_vendors_descriptions() => SpecFolder.RequireOrSkip().ShouldNotBeNull();
}
