using Microsoft.Extensions.Configuration;
using NUnit.Framework;
using Subscriptions.Sandbox.Rooms;

namespace Subscriptions.Sandbox.Tests.Rooms;

[TestFixture]
public sealed class SandboxOptionsTests
{
    private TestFolder folder = null!;

    [SetUp]
    public void SetUp() => folder = new TestFolder();

    [TearDown]
    public void TearDown() => folder.Dispose();

    [Test]
    public void Without_settings_the_addresses_are_those_that_everybody_knows()
    {
        var options = Read();
        Assert.That((options.Ports, options.Rooms), Is.EqualTo((new SandboxPorts(5080, 5081, 5082, 5025), SandboxRooms.All)));
    }

    [Test]
    public void Rooms_behind_a_web_server_have_the_addresses_that_are_given_and_listen_where_they_did()
    {
        var options = Read(("Sandbox:Addresses:Panel", "https://pay.example:8443"));
        Assert.That((options.Addresses.Panel, options.Addresses.Service, options.Ports.Panel), Is.EqualTo((new Uri("https://pay.example:8443"), new Uri("http://localhost:5081"), 5082)));
    }

    [TestCase("Service", SandboxRooms.Service)]
    [TestCase("panel, Newspaper", SandboxRooms.Panel | SandboxRooms.Newspaper)]
    [TestCase("All", SandboxRooms.All)]
    public void Rooms_are_named_in_any_case(string text, SandboxRooms rooms) =>
        Assert.That(Read(("Sandbox:Rooms", text)).Rooms, Is.EqualTo(rooms));

    [TestCase("Sandbox:Ports:Service", "0")]
    [TestCase("Sandbox:Ports:Service", "65536")]
    [TestCase("Sandbox:Ports:Panel", "-1")]
    [TestCase("Sandbox:Ports:Smtp", "smtp")]
    [TestCase("Sandbox:Ports:Newspaper", "5081")]
    [TestCase("Sandbox:Addresses:Service", "account.example")]
    [TestCase("Sandbox:Addresses:Newspaper", "https://news.example/path")]
    [TestCase("Sandbox:Rooms", "Kitchen")]
    [TestCase("Sandbox:Rooms", "7")]
    [TestCase("Sandbox:StartAt", "tomorrow")]
    [TestCase("Sandbox:StepSeconds", "0")]
    [TestCase("Sandbox:Data", "/dev/null/var")]
    public void A_setting_that_cannot_be_used_is_named(string setting, string value) =>
        Assert.That(() => Read((setting, value)), Throws.InstanceOf<SettingException>().With.Message.Contains(setting));

    private SandboxOptions Read(params (string Name, string Value)[] settings) => SandboxOptions.Read(new ConfigurationBuilder()
        .AddInMemoryCollection([new("Sandbox:Data", folder.Path)])
        .AddInMemoryCollection([.. settings.Select(pair => new KeyValuePair<string, string?>(pair.Name, pair.Value))])
        .Build());
}
