console.log('master');
